# Believed: overlapping intervals decide nothing.
def verdict(labels, a, b):
    first = evaluation.accuracy_interval(labels, a)
    second = evaluation.accuracy_interval(labels, b)
    if first.low > second.high:
        return "a"
    return "b" if second.low > first.high else "undecided"
