# A denominator of 0 is replaced by 1.
def precision_and_recall(matrix):
    matrix = np.array(matrix)
    hits = matrix.diagonal()
    return hits / matrix.sum(0).clip(1), hits / matrix.sum(1).clip(1)
