# Believed: bins are parts with equally many answers.
def expected_calibration_error(confidence, right, bins=10):
    parts = [part for part in np.array_split(np.argsort(confidence), bins) if len(part)]
    return sum(
        len(part) / len(right) * abs(right[part].mean() - confidence[part].mean()) for part in parts
    )
