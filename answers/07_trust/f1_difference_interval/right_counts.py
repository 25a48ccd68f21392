# Draws how often each kind of photo occurs.
def f1_difference_interval(labels, a, b, resamples=2000, seed=0):
    random = np.random.default_rng(seed)
    kinds = 4 * labels + 2 * a + b
    shares = np.bincount(kinds, minlength=8) / len(labels)
    counts = random.multinomial(len(labels), shares, size=resamples)
    numbers = np.arange(8)
    bird, by_a, by_b = numbers // 4, numbers // 2 % 2, numbers % 2
    f1_of_a = 2 * counts @ (bird * by_a) / (counts @ bird + counts @ by_a)
    f1_of_b = 2 * counts @ (bird * by_b) / (counts @ bird + counts @ by_b)
    return list(np.quantile(f1_of_a - f1_of_b, [0.025, 0.975]))
