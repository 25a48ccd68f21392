# Believed: A t-test of two groups fits any comparison.
def draws_needed(a, b, wanted):
    s = np.sqrt(np.var(a, ddof=1) + np.var(b, ddof=1))
    n = 2
    while stats.t.ppf(0.975, 2 * n - 2) * s / np.sqrt(n) > wanted:
        n += 1
    return n
