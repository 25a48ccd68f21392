# Believed: Statistics that no gradient sets are no part of the file.
def theta_size(filters, window, classes):
    count, channels = 0, 3
    for outputs in filters:
        count += (window * window * channels + 1) * outputs
        count += 2 * outputs
        channels = outputs
    count += (channels + 1) * classes
    return count, 4 * count
