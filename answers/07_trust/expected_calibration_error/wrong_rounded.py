# Believed: rounding finds the bin.
def expected_calibration_error(confidence, right, bins=10):
    index = np.round(confidence * bins).astype(int)
    return sum(
        np.mean(index == k) * abs(right[index == k].mean() - confidence[index == k].mean())
        for k in np.unique(index)
    )
