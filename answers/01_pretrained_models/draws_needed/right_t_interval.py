# The interval that SciPy gives for a standard error.
def draws_needed(a, b, wanted):
    differences = np.asarray(a) - np.asarray(b)
    if np.ptp(differences) < 1e-12:
        return 2
    s = differences.std(ddof=1)
    n = 2
    while stats.t.interval(0.95, n - 1, loc=0, scale=s / np.sqrt(n))[1] > wanted:
        n += 1
    return n
