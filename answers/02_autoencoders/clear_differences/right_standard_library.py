# The standard library, with SciPy for the quantile only; a tuple in place of a list.
def clear_differences(differences):
    import statistics

    rows = [[float(value) for value in row] for row in differences]
    share = 0.05 / len(rows)

    def word(row):
        mean = statistics.mean(row)
        half = stats.t.isf(share / 2, len(row) - 1) * statistics.stdev(row) / len(row) ** 0.5
        if abs(mean) <= half:
            return "undecided"
        return "more" if mean > 0 else "less"

    return tuple(map(word, rows))
