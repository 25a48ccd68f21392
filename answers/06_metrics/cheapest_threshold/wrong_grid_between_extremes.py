# Believed: a hundred steps from the lowest score to the highest are fine enough.
def cheapest_threshold(labels, scores, cost_of_miss, cost_of_false_alarm):
    candidates = np.append(np.linspace(scores.min(), scores.max(), 100), np.inf)
    costs = [
        cost_of_miss * np.sum(labels & (scores < t))
        + cost_of_false_alarm * np.sum(~labels & (scores >= t))
        for t in candidates
    ]
    return candidates[np.argmin(costs)]
