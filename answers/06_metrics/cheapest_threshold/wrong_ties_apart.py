# Believed: the photos can be cut anywhere, once they are sorted.
def cheapest_threshold(labels, scores, cost_of_miss, cost_of_false_alarm):
    order = np.argsort(scores, kind="stable")
    birds, values = labels[order], scores[order]
    missed = np.concatenate([[0], np.cumsum(birds)])
    false_alarms = np.sum(~birds) - np.concatenate([[0], np.cumsum(~birds)])
    best = np.argmin(cost_of_miss * missed + cost_of_false_alarm * false_alarms)
    return np.append(values, np.inf)[best]
