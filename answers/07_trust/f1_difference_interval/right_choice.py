# Draws with `choice`, and sorts in place of a percentile.
def f1(birds, raised):
    return 2 * np.sum(birds & raised) / (np.sum(birds) + np.sum(raised))


def f1_difference_interval(labels, a, b, resamples=2000, seed=0):
    random = np.random.default_rng(seed)
    differences = []
    for _ in range(resamples):
        drawn = random.choice(len(labels), len(labels))
        differences.append(f1(labels[drawn], a[drawn]) - f1(labels[drawn], b[drawn]))
    differences.sort()
    return differences[round(0.025 * resamples)], differences[round(0.975 * resamples) - 1]
