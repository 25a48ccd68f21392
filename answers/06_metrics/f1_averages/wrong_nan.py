# Believed: 0/0 takes care of itself.
def f1_averages(matrix):
    matrix = np.asarray(matrix, dtype=float)
    hits = np.diag(matrix)
    actual, predicted = matrix.sum(axis=1), matrix.sum(axis=0)
    f1 = 2 * hits / np.maximum(actual + predicted, 1)
    precision, recall = hits / predicted, hits / actual
    f1 = 2 * precision * recall / (precision + recall)
    return {
        "macro": f1.mean(),
        "weighted": np.average(f1, weights=actual),
        "micro": hits.sum() / matrix.sum(),
    }
