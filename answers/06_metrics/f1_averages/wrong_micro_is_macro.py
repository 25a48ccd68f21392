# Believed: micro is another word for the mean over the classes.
def f1_averages(matrix):
    matrix = np.asarray(matrix, dtype=float)
    hits = np.diag(matrix)
    actual, predicted = matrix.sum(axis=1), matrix.sum(axis=0)
    f1 = 2 * hits / np.maximum(actual + predicted, 1)
    return {
        "macro": f1.mean(),
        "weighted": np.average(f1, weights=actual),
        "micro": f1.mean(),
    }
