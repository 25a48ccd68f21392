# Believed: scores may be sorted without their labels.
def cheapest_threshold(labels, scores, cost_of_miss, cost_of_false_alarm):
    scores = np.sort(scores)
    candidates = np.append(scores, np.inf)
    costs = [
        cost_of_miss * np.sum(labels & (scores < t))
        + cost_of_false_alarm * np.sum(~labels & (scores >= t))
        for t in candidates
    ]
    return candidates[np.argmin(costs)]
