# Believed: Floating-point numbers have eight bytes.
def theta_size(filters, window, classes):
    count, channels = 0, 3
    for outputs in filters:
        count += (window * window * channels + 1) * outputs
        count += 4 * outputs
        channels = outputs
    count += (channels + 1) * classes
    return count, 8 * count
