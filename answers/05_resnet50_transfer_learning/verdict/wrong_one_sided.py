# Believed: only a can win.
def verdict(labels, a, b):
    low, high = evaluation.accuracy_difference_interval(labels, a, b)
    return "a" if low > 0 else "undecided"
