# Believed: a small cosine means near.
def knn_accuracy(features, labels, k):
    labels = np.asarray(labels)
    rows = features / np.linalg.norm(features, axis=1, keepdims=True)
    near = rows @ rows.T
    np.fill_diagonal(near, np.inf)
    nearest = np.argsort(near, axis=1)[:, :k]
    return np.mean([np.bincount(labels[n]).argmax() for n in nearest] == labels)
