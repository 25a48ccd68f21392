# Believed: the middle of the interval decides.
def verdict(labels, a, b):
    low, high = evaluation.accuracy_difference_interval(labels, a, b)
    middle = (low + high) / 2
    return "a" if middle > 0 else "b" if middle < 0 else "undecided"
