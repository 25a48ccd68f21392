# Believed: half a cell cannot be missed.
def day_at_the_plant(recall, false_alarm_rate, defect_share, cells):
    hits = recall * defect_share * cells
    missed = round(defect_share * cells - hits)
    false_alarms = round(false_alarm_rate * (1 - defect_share) * cells)
    precision = hits / (hits + false_alarms) if hits + false_alarms else 0.0
    return {"missed": missed, "false_alarms": false_alarms, "precision": precision}
