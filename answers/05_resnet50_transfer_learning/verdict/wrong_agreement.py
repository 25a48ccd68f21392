# Believed: what counts is how often the two agree with each other.
def verdict(labels, a, b):
    interval = evaluation.accuracy_interval(a, b)
    return "undecided" if interval.high > 0.9 else "a"
