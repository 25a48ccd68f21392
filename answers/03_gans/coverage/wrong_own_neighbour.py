# Believed: the first of the sorted distances is the nearest neighbour.
def coverage(real, made, k=5):
    from scipy.spatial.distance import cdist

    radius = np.sort(cdist(real, real), axis=1)[:, k - 1]
    return (cdist(real, made).min(axis=1) <= radius).mean()
