# Draws everything at once and returns an array.
def f1_difference_interval(labels, a, b, resamples=2000, seed=0):
    random = np.random.default_rng(seed)
    draws = random.integers(0, len(labels), (resamples, len(labels)))
    birds = labels[draws]
    f1_of_a, f1_of_b = (
        2 * (birds & said[draws]).sum(axis=1) / (birds.sum(axis=1) + said[draws].sum(axis=1))
        for said in (a, b)
    )
    return np.percentile(f1_of_a - f1_of_b, [2.5, 97.5])
