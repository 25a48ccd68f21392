# Believed: what counts is how many made images look real.
def coverage(real, made, k=5):
    from scipy.spatial.distance import cdist

    radius = np.sort(cdist(real, real), axis=1)[:, k]
    return (cdist(made, real) <= radius).any(axis=1).mean()
