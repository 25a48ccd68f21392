# Believed: the harmonic mean is the product by the sum.
def f1_averages(matrix):
    matrix = np.asarray(matrix, dtype=float)
    hits = np.diag(matrix)
    actual, predicted = matrix.sum(axis=1), matrix.sum(axis=0)
    precision, recall = hits / np.maximum(predicted, 1), hits / np.maximum(actual, 1)
    total = precision + recall
    f1 = np.where(total > 0, precision * recall / np.where(total > 0, total, 1), 0)
    return {
        "macro": f1.mean(),
        "weighted": np.average(f1, weights=actual),
        "micro": hits.sum() / matrix.sum(),
    }
