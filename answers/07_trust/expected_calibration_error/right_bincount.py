# Sums over the bins, whose sizes cancel.
def expected_calibration_error(confidence, right, bins=10):
    index = np.minimum(np.floor(bins * confidence).astype(int), bins - 1)
    return np.abs(np.bincount(index, weights=right - confidence)).sum() / len(confidence)
