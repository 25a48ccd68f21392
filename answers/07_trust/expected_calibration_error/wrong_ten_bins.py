# Believed: there are always ten bins.
def expected_calibration_error(confidence, right, bins=10):
    index = np.minimum((confidence * 10).astype(int), 9)
    return sum(
        np.mean(index == k) * abs(right[index == k].mean() - confidence[index == k].mean())
        for k in range(10)
        if np.any(index == k)
    )
