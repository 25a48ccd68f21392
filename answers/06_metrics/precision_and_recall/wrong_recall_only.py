# Believed: one of the two says it all.
def precision_and_recall(matrix):
    matrix = np.asarray(matrix)
    return np.diag(matrix) / np.maximum(matrix.sum(axis=1), 1)
