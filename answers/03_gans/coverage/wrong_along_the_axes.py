# Believed: a distance is the sum of the differences.
def coverage(real, made, k=5):
    from scipy.spatial.distance import cdist

    radius = np.sort(cdist(real, real, "cityblock"), axis=1)[:, k]
    return (cdist(real, made, "cityblock").min(axis=1) <= radius).mean()
