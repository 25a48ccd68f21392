# Sorts once and adds up.
def cheapest_threshold(labels, scores, cost_of_miss, cost_of_false_alarm):
    values, which = np.unique(scores, return_inverse=True)
    birds = np.bincount(which, weights=labels, minlength=len(values))
    others = np.bincount(which, weights=~labels, minlength=len(values))
    missed = np.concatenate([[0], np.cumsum(birds)])
    false = others.sum() - np.concatenate([[0], np.cumsum(others)])
    best = np.argmin(cost_of_miss * missed + cost_of_false_alarm * false)
    return np.append(values, np.inf)[best]
