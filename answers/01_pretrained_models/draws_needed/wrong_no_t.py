# Believed: The standard error is the half width.
def draws_needed(a, b, wanted):
    s = np.std(np.subtract(a, b), ddof=1)
    n = 2
    while s / np.sqrt(n) > wanted:
        n += 1
    return n
