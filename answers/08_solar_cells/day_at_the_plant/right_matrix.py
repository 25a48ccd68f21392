# Builds the confusion matrix of a day.
def day_at_the_plant(recall, false_alarm_rate, defect_share, cells):
    rows = np.array([[1 - false_alarm_rate, false_alarm_rate], [1 - recall, recall]])
    matrix = rows * np.array([[1 - defect_share], [defect_share]]) * cells
    return {
        "precision": matrix[1, 1] / max(matrix[:, 1].sum(), 1e-300),
        "missed": matrix[1, 0],
        "false_alarms": matrix[0, 1],
    }
