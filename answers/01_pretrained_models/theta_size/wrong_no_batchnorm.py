# Believed: BatchNormalization holds no numbers, it only rescales.
def theta_size(filters, window, classes):
    count, channels = 0, 3
    for outputs in filters:
        count += (window * window * channels + 1) * outputs
        count += 0
        channels = outputs
    count += (channels + 1) * classes
    return count, 4 * count
