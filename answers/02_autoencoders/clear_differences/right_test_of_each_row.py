# The same by p-values: a widened interval lies on one side of zero when p times m is below 5 %.
def clear_differences(differences):
    differences = np.asarray(differences)
    found = stats.ttest_1samp(differences, 0, axis=1)
    clear = found.pvalue * len(differences) < 0.05
    return np.where(clear, np.where(found.statistic > 0, "more", "less"), "undecided").tolist()
