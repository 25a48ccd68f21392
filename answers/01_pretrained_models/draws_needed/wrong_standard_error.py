# Believed: s is the standard error of the pilot.
def draws_needed(a, b, wanted):
    s = stats.sem(np.subtract(a, b))
    n = 2
    while stats.t.ppf(0.975, n - 1) * s / np.sqrt(n) > wanted:
        n += 1
    return n
