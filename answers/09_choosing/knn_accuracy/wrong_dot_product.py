# Believed: the dot product is the cosine.
def knn_accuracy(features, labels, k):
    labels = np.asarray(labels)
    rows = np.asarray(features)
    near = rows @ rows.T
    np.fill_diagonal(near, -np.inf)
    nearest = np.argsort(-near, axis=1)[:, :k]
    return np.mean([np.bincount(labels[n]).argmax() for n in nearest] == labels)
