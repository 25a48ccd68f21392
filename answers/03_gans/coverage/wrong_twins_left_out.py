# Believed: a distance of zero is always the distance to oneself.
def coverage(real, made, k=5):
    from scipy.spatial.distance import cdist

    among = cdist(real, real)
    among[among == 0] = np.inf
    radius = np.sort(among, axis=1)[:, k - 1]
    return (cdist(real, made).min(axis=1) <= radius).mean()
