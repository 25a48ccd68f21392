# Believed: precision belongs to the row.
def precision_and_recall(matrix):
    matrix = np.asarray(matrix)
    hits = np.diag(matrix)
    return hits / np.maximum(matrix.sum(axis=1), 1), hits / np.maximum(matrix.sum(axis=0), 1)
