# Believed: A convolution has no biases.
def theta_size(filters, window, classes):
    count, channels = 0, 3
    for outputs in filters:
        count += window * window * channels * outputs
        count += 4 * outputs
        channels = outputs
    count += (channels + 1) * classes
    return count, 4 * count
