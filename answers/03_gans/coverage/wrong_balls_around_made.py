# Believed: the balls are drawn around the made images.
def coverage(real, made, k=5):
    from scipy.spatial.distance import cdist

    radius = np.sort(cdist(made, made), axis=1)[:, k]
    return (cdist(real, made) <= radius).any(axis=1).mean()
