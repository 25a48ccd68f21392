# Believed: every error is a mean of squares.
def expected_calibration_error(confidence, right, bins=10):
    return np.mean((confidence - right) ** 2)
