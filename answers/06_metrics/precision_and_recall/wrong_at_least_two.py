# Believed: a share of a single photo is no share.
def precision_and_recall(matrix):
    matrix = np.asarray(matrix)
    hits = np.diag(matrix)
    return hits / np.maximum(matrix.sum(axis=0), 2), hits / np.maximum(matrix.sum(axis=1), 2)
