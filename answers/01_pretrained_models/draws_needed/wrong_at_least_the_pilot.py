# Believed: Fewer draws than the pilot had cannot be enough.
def draws_needed(a, b, wanted):
    s = np.std(np.subtract(a, b), ddof=1)
    n = len(a)
    while stats.t.ppf(0.975, n - 1) * s / np.sqrt(n) > wanted:
        n += 1
    return n
