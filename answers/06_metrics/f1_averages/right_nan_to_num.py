# Harmonic mean of precision and recall; NaN is mended at each step.
def f1_averages(matrix):
    matrix = np.asarray(matrix)
    hits, actual = np.diag(matrix), matrix.sum(axis=1)
    precision = np.nan_to_num(hits / matrix.sum(axis=0))
    recall = np.nan_to_num(hits / actual)
    f1 = np.nan_to_num(2 * precision * recall / (precision + recall))
    return {
        "micro": float(hits.sum() / matrix.sum()),
        "macro": float(np.mean(f1)),
        "weighted": float(np.sum(f1 * actual / actual.sum())),
    }
