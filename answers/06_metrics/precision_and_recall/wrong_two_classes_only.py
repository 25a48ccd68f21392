# Believed: there are two classes.
def precision_and_recall(matrix):
    (a, b), (c, d) = np.asarray(matrix)[:2, :2]
    precision = [a / max(a + c, 1), d / max(b + d, 1)]
    recall = [a / max(a + b, 1), d / max(c + d, 1)]
    return precision, recall
