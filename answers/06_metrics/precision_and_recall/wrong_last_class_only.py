# Believed: precision and recall belong to the positive class alone.
def precision_and_recall(matrix):
    matrix = np.asarray(matrix)
    hits = matrix[1][1]
    return hits / max(matrix[:, 1].sum(), 1), hits / max(matrix[1].sum(), 1)
