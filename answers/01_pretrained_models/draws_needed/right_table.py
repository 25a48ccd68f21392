# All numbers of draws at once, as many as could ever be needed.
def draws_needed(a, b, wanted):
    n = np.arange(2, 100_000)
    half = stats.t.ppf(0.975, n - 1) * np.std(np.subtract(a, b), ddof=1) / np.sqrt(n)
    return int(n[half <= wanted][0])
