# Believed: every bin is open at its right end, the last one too.
def expected_calibration_error(confidence, right, bins=10):
    index = (confidence * bins).astype(int)
    return sum(
        np.mean(index == k) * abs(right[index == k].mean() - confidence[index == k].mean())
        for k in range(bins)
        if np.any(index == k)
    )
