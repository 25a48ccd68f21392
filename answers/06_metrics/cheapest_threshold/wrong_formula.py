# Believed: the scores are perfect probabilities.
def cheapest_threshold(labels, scores, cost_of_miss, cost_of_false_alarm):
    return cost_of_false_alarm / (cost_of_false_alarm + cost_of_miss)
