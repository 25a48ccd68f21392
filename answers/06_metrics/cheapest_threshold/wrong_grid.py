# Believed: scores lie between 0 and 1, and steps of 0.01 are fine enough.
def cheapest_threshold(labels, scores, cost_of_miss, cost_of_false_alarm):
    candidates = np.linspace(0, 1, 101)
    costs = [
        cost_of_miss * np.sum(labels & (scores < t))
        + cost_of_false_alarm * np.sum(~labels & (scores >= t))
        for t in candidates
    ]
    return candidates[np.argmin(costs)]
