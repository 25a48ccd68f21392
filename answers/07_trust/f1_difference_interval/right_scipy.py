# SciPy has a paired bootstrap.
def f1_difference_interval(labels, a, b, resamples=2000, seed=0):
    from scipy import stats

    def difference(labels, a, b):
        f1_of_a, f1_of_b = (
            2 * np.sum(labels & said) / (np.sum(labels) + np.sum(said)) for said in (a, b)
        )
        return f1_of_a - f1_of_b

    found = stats.bootstrap(
        (labels, a, b), difference, paired=True, vectorized=False, method="percentile",
        n_resamples=resamples, random_state=np.random.default_rng(seed),
    )  # fmt: skip
    return found.confidence_interval
