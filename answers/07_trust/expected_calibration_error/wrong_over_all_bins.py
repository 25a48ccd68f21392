# Believed: a mean over the bins divides by how many there are.
def expected_calibration_error(confidence, right, bins=10):
    index = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = [abs(right[index == k].mean() - confidence[index == k].mean()) for k in np.unique(index)]
    return sum(gaps) / bins
