# Believed: a classifier decides at 0.5.
def cheapest_threshold(labels, scores, cost_of_miss, cost_of_false_alarm):
    return 0.5
