# Scikit-learn's calibration curve, weighted by a histogram.
def expected_calibration_error(confidence, right, bins=10):
    from sklearn.calibration import calibration_curve

    shares, means = calibration_curve(right, confidence, n_bins=bins)
    counts, _ = np.histogram(confidence, bins=bins, range=(0, 1))
    return np.average(np.abs(shares - means), weights=counts[counts > 0])
