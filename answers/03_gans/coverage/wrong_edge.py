# Believed: the edge of a ball is outside.
def coverage(real, made, k=5):
    from scipy.spatial.distance import cdist

    radius = np.sort(cdist(real, real), axis=1)[:, k]
    return (cdist(real, made).min(axis=1) < radius).mean()
