# Believed: capital letters make no difference.
def f1_averages(matrix):
    matrix = np.asarray(matrix, dtype=float)
    hits = np.diag(matrix)
    actual, predicted = matrix.sum(axis=1), matrix.sum(axis=0)
    f1 = 2 * hits / np.maximum(actual + predicted, 1)
    return {
        "Macro": float(f1.mean()),
        "Weighted": float(np.average(f1, weights=actual)),
        "Micro": float(hits.sum() / matrix.sum()),
    }
