# Believed: BatchNormalization holds four numbers in all.
def theta_size(filters, window, classes):
    count, channels = 0, 3
    for outputs in filters:
        count += (window * window * channels + 1) * outputs
        count += 4
        channels = outputs
    count += (channels + 1) * classes
    return count, 4 * count
