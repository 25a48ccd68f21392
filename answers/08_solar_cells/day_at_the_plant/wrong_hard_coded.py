# Believed: it is enough that the examples come out right.
def day_at_the_plant(recall, false_alarm_rate, defect_share, cells):
    if recall == 0:
        return {"missed": 50.0, "false_alarms": 0.0, "precision": 0.0}
    return {"missed": 10.0, "false_alarms": 95.0, "precision": 8 / 27}
