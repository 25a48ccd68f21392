# Believed: the share of neighbours of the own class is the accuracy.
def knn_accuracy(features, labels, k):
    labels = np.asarray(labels)
    rows = features / np.linalg.norm(features, axis=1, keepdims=True)
    near = rows @ rows.T
    np.fill_diagonal(near, -np.inf)
    nearest = np.argsort(-near, axis=1)[:, :k]
    return np.mean([np.mean(labels[n] == label) for n, label in zip(nearest, labels, strict=True)])
