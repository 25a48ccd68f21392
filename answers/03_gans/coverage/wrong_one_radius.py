# Believed: all balls have the same size.
def coverage(real, made, k=5):
    from scipy.spatial.distance import cdist

    radius = np.sort(cdist(real, real), axis=1)[:, k].mean()
    return (cdist(real, made).min(axis=1) <= radius).mean()
