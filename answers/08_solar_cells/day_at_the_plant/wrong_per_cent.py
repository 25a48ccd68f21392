# Believed: precision is given in per cent.
def day_at_the_plant(recall, false_alarm_rate, defect_share, cells):
    hits = recall * defect_share * cells
    missed = defect_share * cells - hits
    false_alarms = false_alarm_rate * (1 - defect_share) * cells
    precision = 100 * hits / (hits + false_alarms) if hits + false_alarms else 0.0
    return {"missed": missed, "false_alarms": false_alarms, "precision": precision}
