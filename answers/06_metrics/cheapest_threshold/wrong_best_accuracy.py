# Believed: the fewest mistakes are the cheapest.
def cheapest_threshold(labels, scores, cost_of_miss, cost_of_false_alarm):
    candidates = np.append(np.unique(scores), np.inf)[::-1]
    costs = [np.sum(labels != (scores >= t)) for t in candidates]
    return candidates[np.argmin(costs)]
