# Believed: calibration is mean confidence against accuracy.
def expected_calibration_error(confidence, right, bins=10):
    return abs(confidence.mean() - right.mean())
