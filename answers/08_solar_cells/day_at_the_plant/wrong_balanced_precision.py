# Believed: precision follows from the two rates alone.
def day_at_the_plant(recall, false_alarm_rate, defect_share, cells):
    hits = recall * defect_share * cells
    missed = defect_share * cells - hits
    false_alarms = false_alarm_rate * (1 - defect_share) * cells
    precision = recall / (recall + false_alarm_rate) if recall + false_alarm_rate else 0.0
    return {"missed": missed, "false_alarms": false_alarms, "precision": precision}
