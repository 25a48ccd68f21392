# Believed: the middle of a bin stands for the confidences in it.
def expected_calibration_error(confidence, right, bins=10):
    index = np.minimum((confidence * bins).astype(int), bins - 1)
    return sum(
        np.mean(index == k) * abs(right[index == k].mean() - (k + 0.5) / bins)
        for k in np.unique(index)
    )
