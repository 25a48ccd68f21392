# Believed: macro F1 is the F1 of mean precision and mean recall.
def f1_averages(matrix):
    matrix = np.asarray(matrix, dtype=float)
    hits = np.diag(matrix)
    actual, predicted = matrix.sum(axis=1), matrix.sum(axis=0)
    f1 = 2 * hits / np.maximum(actual + predicted, 1)
    precision = hits / np.maximum(predicted, 1)
    recall = hits / np.maximum(actual, 1)
    return {
        "macro": 2 * precision.mean() * recall.mean() / (precision.mean() + recall.mean()),
        "weighted": np.average(f1, weights=actual),
        "micro": hits.sum() / matrix.sum(),
    }
