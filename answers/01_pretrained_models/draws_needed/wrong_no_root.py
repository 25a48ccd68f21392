# Believed: The interval shrinks with the number of draws, not with its root.
def draws_needed(a, b, wanted):
    s = np.std(np.subtract(a, b), ddof=1)
    n = 2
    while stats.t.ppf(0.975, n - 1) * s / n > wanted:
        n += 1
    return n
