# Believed: a distance may be negative.
def expected_calibration_error(confidence, right, bins=10):
    index = np.minimum((confidence * bins).astype(int), bins - 1)
    return sum(
        np.mean(index == k) * (right[index == k].mean() - confidence[index == k].mean())
        for k in np.unique(index)
    )
