# Believed: The nearest is always the photo itself.
def neighbours(queries, gallery, k):
    queries, gallery = np.asarray(queries, dtype=float), np.asarray(gallery, dtype=float)
    a = queries / np.linalg.norm(queries, axis=1, keepdims=True)
    b = gallery / np.linalg.norm(gallery, axis=1, keepdims=True)
    return np.argsort(-(a @ b.T), axis=1)[:, 1 : k + 1]
