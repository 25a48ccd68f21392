# Believed: The factor is always 1.96.
def draws_needed(a, b, wanted):
    s = np.std(np.subtract(a, b), ddof=1)
    n = 2
    while 1.96 * s / np.sqrt(n) > wanted:
        n += 1
    return n
