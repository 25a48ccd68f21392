# Believed: only whole cells count.
def day_at_the_plant(recall, false_alarm_rate, defect_share, cells):
    bad = defect_share * cells
    hits, false_alarms = recall * bad, false_alarm_rate * (cells - bad)
    alarms = hits + false_alarms
    return {
        "missed": int(bad - hits + 1e-9),
        "false_alarms": int(false_alarms + 1e-9),
        "precision": hits / alarms if alarms else 0.0,
    }
