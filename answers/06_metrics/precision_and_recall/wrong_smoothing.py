# Believed: a small number in the denominator does no harm.
def precision_and_recall(matrix):
    matrix = np.asarray(matrix)
    hits = np.diag(matrix)
    return hits / (matrix.sum(axis=0) + 0.001), hits / (matrix.sum(axis=1) + 0.001)
