# Believed: t belongs to the pilot.
def draws_needed(a, b, wanted):
    s = np.std(np.subtract(a, b), ddof=1)
    t = stats.t.ppf(0.975, len(a) - 1)
    return max(2, int(np.ceil((t * s / wanted) ** 2)))
