# Believed: the order of the averages says which is which.
def f1_averages(matrix):
    matrix = np.asarray(matrix)
    hits, actual = np.diag(matrix), matrix.sum(axis=1)
    f1 = 2 * hits / np.maximum(actual + matrix.sum(axis=0), 1)
    return f1.mean(), np.average(f1, weights=actual), hits.sum() / matrix.sum()
