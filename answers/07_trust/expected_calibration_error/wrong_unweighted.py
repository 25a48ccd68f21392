# Believed: the mean over the bins is the mean.
def expected_calibration_error(confidence, right, bins=10):
    index = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = [abs(right[index == k].mean() - confidence[index == k].mean()) for k in np.unique(index)]
    return np.mean(gaps)
