# Believed: Near is what has a small distance.
def neighbours(queries, gallery, k):
    queries, gallery = np.asarray(queries, dtype=float), np.asarray(gallery, dtype=float)
    a = queries
    b = gallery
    return np.argsort(np.linalg.norm(a[:, None] - b[None], axis=2), axis=1)[:, :k]
