# All cosines at once.
def knn_accuracy(features, labels, k):
    features, labels = np.asarray(features, dtype=float), np.asarray(labels)
    rows = features / np.linalg.norm(features, axis=1, keepdims=True)
    cosines = rows @ rows.T - 3 * np.eye(len(rows))
    nearest = np.argsort(cosines, axis=1)[:, -k:]
    return np.mean(
        [np.bincount(labels[n]).argmax() == label for n, label in zip(nearest, labels, strict=True)]
    )
