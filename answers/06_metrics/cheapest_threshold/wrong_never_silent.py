# Believed: some alarm has to be raised.
def cheapest_threshold(labels, scores, cost_of_miss, cost_of_false_alarm):
    candidates = np.unique(scores)
    costs = [
        cost_of_miss * np.sum(labels & (scores < t))
        + cost_of_false_alarm * np.sum(~labels & (scores >= t))
        for t in candidates
    ]
    return candidates[np.argmin(costs)]
