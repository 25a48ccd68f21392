# Believed: The window has as many positions as it is wide.
def theta_size(filters, window, classes):
    count, channels = 0, 3
    for outputs in filters:
        count += (window * channels + 1) * outputs
        count += 4 * outputs
        channels = outputs
    count += (channels + 1) * classes
    return count, 4 * count
