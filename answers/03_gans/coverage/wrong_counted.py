# Believed: the number of covered images is the answer.
def coverage(real, made, k=5):
    from scipy.spatial.distance import cdist

    radius = np.sort(cdist(real, real), axis=1)[:, k]
    return int((cdist(real, made).min(axis=1) <= radius).sum())
