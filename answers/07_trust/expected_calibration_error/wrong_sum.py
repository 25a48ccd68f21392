# Believed: the error is the sum of the distances.
def expected_calibration_error(confidence, right, bins=10):
    index = np.minimum((confidence * bins).astype(int), bins - 1)
    return sum(
        abs(right[index == k].mean() - confidence[index == k].mean()) for k in np.unique(index)
    )
