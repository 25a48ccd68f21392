# Believed: there is always an alarm.
def day_at_the_plant(recall, false_alarm_rate, defect_share, cells):
    hits = recall * defect_share * cells
    missed = defect_share * cells - hits
    false_alarms = false_alarm_rate * (1 - defect_share) * cells
    precision = hits / (hits + false_alarms)
    return {"missed": missed, "false_alarms": false_alarms, "precision": precision}
