# Believed: np.asarray always copies.
def draws_needed(a, b, wanted):
    d = np.asarray(a)
    d -= np.asarray(b)
    s = np.std(d, ddof=1)
    n = 2
    while stats.t.ppf(0.975, n - 1) * s / np.sqrt(n) > wanted:
        n += 1
    return n
