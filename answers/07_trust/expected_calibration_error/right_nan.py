# Divides by zero in empty bins and leaves them out afterwards.
def expected_calibration_error(confidence, right, bins=10):
    edges = np.linspace(0, 1, bins + 1)
    index = np.digitize(confidence, edges[1:-1])
    counts = np.array([np.sum(index == k) for k in range(bins)])
    gaps = np.array([right[index == k].mean() - confidence[index == k].mean() for k in range(bins)])
    return np.nansum(counts * np.abs(gaps)) / counts.sum()
