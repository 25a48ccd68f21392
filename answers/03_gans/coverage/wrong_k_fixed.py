# Believed: k is always 1.
def coverage(real, made, k=5):
    from scipy.spatial.distance import cdist

    radius = np.sort(cdist(real, real), axis=1)[:, 1]
    return (cdist(real, made).min(axis=1) <= radius).mean()
