# Believed: NumPy's std is the standard deviation of the formula.
def draws_needed(a, b, wanted):
    s = np.std(np.subtract(a, b))
    n = 2
    while stats.t.ppf(0.975, n - 1) * s / np.sqrt(n) > wanted:
        n += 1
    return n
