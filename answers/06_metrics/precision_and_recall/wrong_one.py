# Believed: who was never asked was never wrong.
def precision_and_recall(matrix):
    matrix = np.asarray(matrix)
    hits = np.diag(matrix)
    return (
        np.nan_to_num(hits / matrix.sum(axis=0), nan=1.0),
        np.nan_to_num(hits / matrix.sum(axis=1), nan=1.0),
    )
