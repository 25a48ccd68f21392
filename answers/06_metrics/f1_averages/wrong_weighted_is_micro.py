# Believed: weighting by the photos is adding up the photos.
def f1_averages(matrix):
    matrix = np.asarray(matrix, dtype=float)
    hits = np.diag(matrix)
    actual, predicted = matrix.sum(axis=1), matrix.sum(axis=0)
    f1 = 2 * hits / np.maximum(actual + predicted, 1)
    return {
        "macro": f1.mean(),
        "weighted": hits.sum() / matrix.sum(),
        "micro": hits.sum() / matrix.sum(),
    }
