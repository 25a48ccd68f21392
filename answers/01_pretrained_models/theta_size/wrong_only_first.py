# Believed: The dense layer starts from what the first convolution gives.
def theta_size(filters, window, classes):
    count, channels = 0, 3
    for outputs in filters:
        count += (window * window * channels + 1) * outputs
        count += 4 * outputs
        channels = outputs
    count += (filters[0] + 1) * classes
    return count, 4 * count
