# Believed: What scatters is the accuracy of the first candidate.
def draws_needed(a, b, wanted):
    s = np.std(a, ddof=1)
    n = 2
    while stats.t.ppf(0.975, n - 1) * s / np.sqrt(n) > wanted:
        n += 1
    return n
