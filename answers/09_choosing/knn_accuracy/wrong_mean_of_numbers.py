# Believed: the mean of the class numbers is the vote.
def knn_accuracy(features, labels, k):
    labels = np.asarray(labels)
    rows = features / np.linalg.norm(features, axis=1, keepdims=True)
    near = rows @ rows.T
    np.fill_diagonal(near, -np.inf)
    nearest = np.argsort(-near, axis=1)[:, :k]
    return np.mean(np.round(labels[nearest].mean(axis=1)) == labels)
