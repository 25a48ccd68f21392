# Believed: One draw may be enough.
def draws_needed(a, b, wanted):
    s = np.std(np.subtract(a, b), ddof=1)
    n = 1
    while n > 1 and stats.t.ppf(0.975, n - 1) * s / np.sqrt(n) > wanted or n == 1 and s > wanted:
        n += 1
    return n
