# Divides first and mends NaN afterwards.
def precision_and_recall(matrix):
    matrix = np.asarray(matrix)
    hits = np.diag(matrix)
    return np.nan_to_num(hits / matrix.sum(axis=0)), np.nan_to_num(hits / matrix.sum(axis=1))
