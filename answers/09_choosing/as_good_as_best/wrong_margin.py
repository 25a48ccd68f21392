# Believed: two points more or less are chance.
def as_good_as_best(right):
    top = max(np.mean(values) for values in right.values())
    return [name for name, values in right.items() if np.mean(values) >= top - 0.02]
