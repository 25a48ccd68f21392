# Believed: Each candidate has its own scatter, and the two add up.
def draws_needed(a, b, wanted):
    s = np.sqrt(np.var(a, ddof=1) + np.var(b, ddof=1))
    n = 2
    while stats.t.ppf(0.975, n - 1) * s / np.sqrt(n) > wanted:
        n += 1
    return n
