# Believed: the verdict may be a sentence.
def verdict(labels, a, b):
    low, high = evaluation.accuracy_difference_interval(labels, a, b)
    return "A is better" if low > 0 else "B is better" if high < 0 else "undecided"
