# Believed: the error is that of the worst bin.
def expected_calibration_error(confidence, right, bins=10):
    index = np.minimum((confidence * bins).astype(int), bins - 1)
    return max(
        abs(right[index == k].mean() - confidence[index == k].mean()) for k in np.unique(index)
    )
