# Believed: t takes the number of draws.
def draws_needed(a, b, wanted):
    s = np.std(np.subtract(a, b), ddof=1)
    n = 2
    while stats.t.ppf(0.975, n) * s / np.sqrt(n) > wanted:
        n += 1
    return n
