# Believed: distances are squared before they are averaged.
def expected_calibration_error(confidence, right, bins=10):
    index = np.minimum((confidence * bins).astype(int), bins - 1)
    return sum(
        np.mean(index == k) * (right[index == k].mean() - confidence[index == k].mean()) ** 2
        for k in np.unique(index)
    )
