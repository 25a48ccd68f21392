# F1 from counts; micro-F1 as the accuracy.
def f1_averages(matrix):
    matrix = np.asarray(matrix)
    hits, actual = np.diag(matrix), matrix.sum(axis=1)
    f1 = 2 * hits / np.maximum(actual + matrix.sum(axis=0), 1)
    return {
        "macro": f1.mean(),
        "weighted": np.average(f1, weights=actual),
        "micro": hits.sum() / matrix.sum(),
    }
