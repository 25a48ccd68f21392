# Tries the middle between neighbouring scores, and both ends.
def cheapest_threshold(labels, scores, cost_of_miss, cost_of_false_alarm):
    values = np.unique(scores)
    middles = (values[1:] + values[:-1]) / 2
    candidates = np.concatenate([[values[0] - 1], middles, [values[-1] + 1]])
    raised = scores >= candidates[:, None]
    costs = cost_of_miss * np.sum(labels & ~raised, axis=1)
    costs = costs + cost_of_false_alarm * np.sum(~labels & raised, axis=1)
    return candidates[np.argmin(costs)]
