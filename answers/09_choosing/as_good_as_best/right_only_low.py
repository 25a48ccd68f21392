# Only the lower end can lie above zero.
def as_good_as_best(right):
    best = max(right, key=lambda name: sum(right[name]))
    return [
        name
        for name in right
        if evaluation.mean_interval(np.array(right[best], int) - np.array(right[name], int)).low
        <= 0
    ]
