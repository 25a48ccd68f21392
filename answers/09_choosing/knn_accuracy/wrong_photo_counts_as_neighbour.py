# Believed: leaving the photo out means asking k - 1 others.
def knn_accuracy(features, labels, k):
    labels = np.asarray(labels)
    rows = features / np.linalg.norm(features, axis=1, keepdims=True)
    near = rows @ rows.T
    np.fill_diagonal(near, -np.inf)
    nearest = np.argsort(-near, axis=1)[:, : max(k - 1, 1)]
    return np.mean([np.bincount(labels[n]).argmax() for n in nearest] == labels)
