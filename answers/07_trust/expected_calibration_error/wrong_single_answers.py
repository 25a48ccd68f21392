# Believed: every answer has a distance of its own.
def expected_calibration_error(confidence, right, bins=10):
    return np.abs(confidence - right).mean()
