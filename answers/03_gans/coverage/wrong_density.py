# Believed: made images are counted once for every ball that they lie in.
def coverage(real, made, k=5):
    from scipy.spatial.distance import cdist

    radius = np.sort(cdist(real, real), axis=1)[:, k]
    return (cdist(real, made) <= radius[:, None]).sum() / len(real) / k
