# Believed: a positive difference speaks for b.
def verdict(labels, a, b):
    low, high = evaluation.accuracy_difference_interval(labels, a, b)
    return "b" if low > 0 else "a" if high < 0 else "undecided"
