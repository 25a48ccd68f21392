# Believed: every alarm is a false one.
def day_at_the_plant(recall, false_alarm_rate, defect_share, cells):
    hits = recall * defect_share * cells
    missed = defect_share * cells - hits
    false_alarms = hits + false_alarm_rate * (1 - defect_share) * cells
    precision = hits / false_alarms if false_alarms else 0.0
    return {"missed": missed, "false_alarms": false_alarms, "precision": precision}
