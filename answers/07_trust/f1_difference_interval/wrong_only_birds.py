# Believed: only photos with a bird count.
def f1(birds, raised):
    return 2 * np.sum(birds & raised) / (np.sum(birds) + np.sum(raised))


def f1_difference_interval(labels, a, b, resamples=2000, seed=0):
    random = np.random.default_rng(seed)
    differences = []
    for _ in range(resamples):
        drawn = random.choice(np.flatnonzero(labels), len(labels))
        differences.append(f1(labels[drawn], a[drawn]) - f1(labels[drawn], b[drawn]))
    low, high = np.percentile(differences, [2.5, 97.5])
    return low, high
