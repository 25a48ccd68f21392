# Believed: the lowest cost was asked for.
def cheapest_threshold(labels, scores, cost_of_miss, cost_of_false_alarm):
    return min(
        cost_of_miss * np.sum(labels & (scores < t))
        + cost_of_false_alarm * np.sum(~labels & (scores >= t))
        for t in np.append(scores, np.inf)
    )
