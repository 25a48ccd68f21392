# Believed: each row of the gallery looks for its queries.
def neighbours(queries, gallery, k):
    queries, gallery = np.asarray(queries, dtype=float), np.asarray(gallery, dtype=float)
    a = queries / np.linalg.norm(queries, axis=1, keepdims=True)
    b = gallery / np.linalg.norm(gallery, axis=1, keepdims=True)
    return np.argsort(-(b @ a.T), axis=1)[:, :k]
