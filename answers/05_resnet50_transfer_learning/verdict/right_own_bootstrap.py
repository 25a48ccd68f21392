# Resamples the differences by hand.
def verdict(labels, a, b):
    gains = (a == labels).astype(float) - (b == labels)
    random = np.random.default_rng(0)
    means = [random.choice(gains, len(gains)).mean() for _ in range(1000)]
    low, high = np.percentile(means, [2.5, 97.5])
    return "a" if low > 0 else "b" if high < 0 else "undecided"
