# Believed: F1 is the plain mean of precision and recall.
def f1_averages(matrix):
    matrix = np.asarray(matrix, dtype=float)
    hits = np.diag(matrix)
    actual, predicted = matrix.sum(axis=1), matrix.sum(axis=0)
    f1 = 2 * hits / np.maximum(actual + predicted, 1)
    precision = hits / np.maximum(predicted, 1)
    recall = hits / np.maximum(actual, 1)
    f1 = (precision + recall) / 2
    return {
        "macro": f1.mean(),
        "weighted": np.average(f1, weights=actual),
        "micro": hits.sum() / matrix.sum(),
    }
