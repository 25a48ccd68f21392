# Believed: weighting is multiplying by the number of answers.
def expected_calibration_error(confidence, right, bins=10):
    index = np.minimum((confidence * bins).astype(int), bins - 1)
    return sum(
        np.sum(index == k) * abs(right[index == k].mean() - confidence[index == k].mean())
        for k in np.unique(index)
    )
