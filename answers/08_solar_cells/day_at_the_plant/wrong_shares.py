# Believed: shares were asked for.
def day_at_the_plant(recall, false_alarm_rate, defect_share, cells):
    hits = recall * defect_share * cells
    missed = (1 - recall) * defect_share
    false_alarms = false_alarm_rate * (1 - defect_share)
    precision = hits / (hits + false_alarms) if hits + false_alarms else 0.0
    return {"missed": missed, "false_alarms": false_alarms, "precision": precision}
