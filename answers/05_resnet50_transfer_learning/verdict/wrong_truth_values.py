# Believed: the question is whether a is better.
def verdict(labels, a, b):
    low, high = evaluation.accuracy_difference_interval(labels, a, b)
    return bool(low > 0)
