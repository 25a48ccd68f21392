# In shares of all cells first, then times the cells.
def day_at_the_plant(recall, false_alarm_rate, defect_share, cells):
    found = recall * defect_share
    wrong = false_alarm_rate * (1 - defect_share)
    precision = found / (found + wrong) if found + wrong > 0 else 0
    missed = (defect_share - found) * cells
    return {"missed": missed, "false_alarms": wrong * cells, "precision": precision}
