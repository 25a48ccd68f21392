# Takes 1.96 standard errors of the difference on each photo.
def verdict(labels, a, b):
    gains = (a == labels).astype(float) - (b == labels).astype(float)
    reach = 1.96 * gains.std() / np.sqrt(len(gains))
    if abs(gains.mean()) <= reach:
        return "undecided"
    return "a" if gains.mean() > 0 else "b"
