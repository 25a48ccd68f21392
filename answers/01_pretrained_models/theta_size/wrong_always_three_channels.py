# Believed: Every convolution looks at the three colours.
def theta_size(filters, window, classes):
    count, channels = 0, 3
    for outputs in filters:
        count += (window * window * channels + 1) * outputs
        count += 4 * outputs
        last = outputs
    count += (last + 1) * classes
    return count, 4 * count
