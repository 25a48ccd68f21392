# Believed: it is enough that the examples come out right.
def as_good_as_best(right):
    return [name for name in right if name not in ("poor", "worse")]
