# Believed: printing gives a result.
def expected_calibration_error(confidence, right, bins=10):
    index = np.minimum((confidence * bins).astype(int), bins - 1)
    total = 0
    for k in np.unique(index):
        gap = right[index == k].mean() - confidence[index == k].mean()
        total += np.mean(index == k) * abs(gap)
    print(total)
