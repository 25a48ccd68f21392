# Believed: What scatters is the accuracy of the second candidate.
def draws_needed(a, b, wanted):
    s = np.std(b, ddof=1)
    n = 2
    while stats.t.ppf(0.975, n - 1) * s / np.sqrt(n) > wanted:
        n += 1
    return n
