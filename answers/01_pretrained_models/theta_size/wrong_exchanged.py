# Believed: the bytes come first.
def theta_size(filters, window, classes):
    count, channels = 0, 3
    for outputs in filters:
        count += (window * window * channels + 1) * outputs
        count += 4 * outputs
        channels = outputs
    count += (channels + 1) * classes
    return 4 * count, count
