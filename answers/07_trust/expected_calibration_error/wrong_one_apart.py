# Believed: a confidence of 1 falls into the last bin by itself.
def expected_calibration_error(confidence, right, bins=10):
    index = (confidence * bins).astype(int)
    return sum(
        np.mean(index == k) * abs(right[index == k].mean() - confidence[index == k].mean())
        for k in np.unique(index)
    )
