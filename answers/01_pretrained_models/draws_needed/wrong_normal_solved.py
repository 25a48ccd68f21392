# Believed: The factor is always 1.96, so that the formula can be solved for n.
def draws_needed(a, b, wanted):
    s = np.std(np.subtract(a, b), ddof=1)
    return max(2, int(np.ceil((1.96 * s / wanted) ** 2)))
