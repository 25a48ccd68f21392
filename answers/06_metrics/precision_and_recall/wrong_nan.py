# Believed: 0/0 takes care of itself.
def precision_and_recall(matrix):
    matrix = np.asarray(matrix)
    hits = np.diag(matrix)
    return hits / matrix.sum(axis=0), hits / matrix.sum(axis=1)
