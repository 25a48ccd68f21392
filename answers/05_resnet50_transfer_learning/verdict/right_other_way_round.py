# Takes the difference the other way round.
def verdict(labels, a, b):
    interval = evaluation.accuracy_difference_interval(labels, b, a)
    if interval.low <= 0 <= interval.high:
        return "undecided"
    return "b" if interval.low > 0 else "a"
