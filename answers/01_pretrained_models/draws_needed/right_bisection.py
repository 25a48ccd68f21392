# Doubled until it is enough, then halved between too few and enough.
def draws_needed(a, b, wanted):
    s = np.std(np.subtract(a, b), ddof=1)

    def enough(n):
        return stats.t.ppf(0.975, n - 1) * s / n**0.5 <= wanted

    if enough(2):
        return 2
    few, many = 2, 4
    while not enough(many):
        few, many = many, 2 * many
    while many - few > 1:
        middle = (few + many) // 2
        few, many = (few, middle) if enough(middle) else (middle, many)
    return many
