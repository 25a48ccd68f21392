# Believed: 95 % means the 95th percentile.
def draws_needed(a, b, wanted):
    s = np.std(np.subtract(a, b), ddof=1)
    n = 2
    while stats.t.ppf(0.95, n - 1) * s / np.sqrt(n) > wanted:
        n += 1
    return n
