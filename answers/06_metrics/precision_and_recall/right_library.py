# Writes the photos out again and asks scikit-learn.
def precision_and_recall(matrix):
    matrix = np.asarray(matrix)
    rows, columns = np.indices(matrix.shape)
    labels = np.repeat(rows.ravel(), matrix.ravel())
    guesses = np.repeat(columns.ravel(), matrix.ravel())
    return metrics.precision_recall_fscore_support(
        labels, guesses, labels=range(len(matrix)), zero_division=0
    )[:2]
