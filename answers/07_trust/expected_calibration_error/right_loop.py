# A loop over all bins that passes over the empty ones; right ends are closed.
def expected_calibration_error(confidence, right, bins=10):
    total = 0.0
    for k in range(bins):
        low, high = k / bins, (k + 1) / bins
        inside = (confidence > low) & (confidence <= high) if k else confidence <= high
        if inside.any():
            total += inside.sum() * abs(confidence[inside].mean() - right[inside].mean())
    return total / len(confidence)
