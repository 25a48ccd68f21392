# SciPy's own standard error and interval, row by row.
def clear_differences(differences):
    words = []
    for row in differences:
        low, high = stats.t.interval(
            1 - 0.05 / len(differences), len(row) - 1, loc=np.mean(row), scale=stats.sem(row)
        )
        words.append("more" if low > 0 else "less" if high < 0 else "undecided")
    return words
