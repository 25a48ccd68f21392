# Bayes' rule in odds.
def day_at_the_plant(recall, false_alarm_rate, defect_share, cells):
    if recall == 0:
        precision = 0.0
    else:
        odds = (1 - defect_share) * false_alarm_rate / (defect_share * recall)
        precision = 1 / (1 + odds)
    return {
        "missed": (1 - recall) * defect_share * cells,
        "false_alarms": false_alarm_rate * (cells - defect_share * cells),
        "precision": precision,
    }
