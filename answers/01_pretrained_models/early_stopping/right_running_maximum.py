# For every look, how long ago the best one so far was; in an array.
def early_stopping(accuracies, patience):
    accuracies = list(accuracies)
    ages = [look - accuracies.index(max(accuracies[: look + 1])) for look in range(len(accuracies))]
    made = next((look + 1 for look, age in enumerate(ages) if age >= patience), len(ages))
    return np.array([made, made - ages[made - 1]])
