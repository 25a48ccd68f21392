# Believed: the share of mistakes is wanted.
def knn_accuracy(features, labels, k):
    labels = np.asarray(labels)
    rows = features / np.linalg.norm(features, axis=1, keepdims=True)
    near = rows @ rows.T
    np.fill_diagonal(near, -np.inf)
    nearest = np.argsort(-near, axis=1)[:, :k]
    return 1 - np.mean([np.bincount(labels[n]).argmax() for n in nearest] == labels)
