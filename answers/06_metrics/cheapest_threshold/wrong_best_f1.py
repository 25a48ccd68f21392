# Believed: the best F1 is the cheapest.
def cheapest_threshold(labels, scores, cost_of_miss, cost_of_false_alarm):
    candidates = np.unique(scores)[::-1]
    costs = [-metrics.f1_score(labels, scores >= t) for t in candidates]
    return candidates[np.argmin(costs)]
