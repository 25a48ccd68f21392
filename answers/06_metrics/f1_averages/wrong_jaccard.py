# Believed: the hits count once below the line.
def f1_averages(matrix):
    matrix = np.asarray(matrix, dtype=float)
    hits = np.diag(matrix)
    actual, predicted = matrix.sum(axis=1), matrix.sum(axis=0)
    f1 = hits / np.maximum(actual + predicted - hits, 1)
    return {
        "macro": f1.mean(),
        "weighted": np.average(f1, weights=actual),
        "micro": hits.sum() / (2 * matrix.sum() - hits.sum()),
    }
