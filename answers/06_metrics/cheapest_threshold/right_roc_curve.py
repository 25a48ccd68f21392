# The ROC curve holds the shares for every threshold.
def cheapest_threshold(labels, scores, cost_of_miss, cost_of_false_alarm):
    false_alarms, recall, thresholds = metrics.roc_curve(labels, scores, drop_intermediate=False)
    costs = cost_of_miss * (1 - recall) * np.sum(labels)
    costs = costs + cost_of_false_alarm * false_alarms * np.sum(~labels)
    return thresholds[np.argmin(costs)]
