# Believed: an argument may be used as scratch paper.
def expected_calibration_error(confidence, right, bins=10):
    sure = confidence.copy()
    confidence *= bins
    index = np.minimum(confidence.astype(int), bins - 1)
    return sum(
        np.mean(index == k) * abs(right[index == k].mean() - sure[index == k].mean())
        for k in np.unique(index)
    )
