# Believed: bins reach from the smallest confidence to the largest.
def expected_calibration_error(confidence, right, bins=10):
    edges = np.linspace(confidence.min(), confidence.max(), bins + 1)
    index = np.digitize(confidence, edges[1:-1])
    return sum(
        np.mean(index == k) * abs(right[index == k].mean() - confidence[index == k].mean())
        for k in np.unique(index)
    )
