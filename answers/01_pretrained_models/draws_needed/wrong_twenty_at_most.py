# Believed: Nobody makes more than twenty draws.
def draws_needed(a, b, wanted):
    s = np.std(np.subtract(a, b), ddof=1)
    for n in range(2, 20):
        if stats.t.ppf(0.975, n - 1) * s / np.sqrt(n) <= wanted:
            return n
    return 20
