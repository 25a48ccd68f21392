# Believed: several thresholds may be returned.
def cheapest_threshold(labels, scores, cost_of_miss, cost_of_false_alarm):
    return np.unique(scores)
