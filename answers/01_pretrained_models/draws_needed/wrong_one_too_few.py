# Believed: The last number that is too wide is the answer.
def draws_needed(a, b, wanted):
    s = np.std(np.subtract(a, b), ddof=1)
    n = 2
    while stats.t.ppf(0.975, n - 1) * s / np.sqrt(n) > wanted:
        n += 1
    return max(2, n - 1)
