# Believed: the costs apply to shares, however many photos of each kind there are.
def cheapest_threshold(labels, scores, cost_of_miss, cost_of_false_alarm):
    candidates = np.append(np.unique(scores), np.inf)
    costs = [
        cost_of_miss * np.mean(scores[labels] < t)
        + cost_of_false_alarm * np.mean(scores[~labels] >= t)
        for t in candidates
    ]
    return candidates[np.argmin(costs)]
