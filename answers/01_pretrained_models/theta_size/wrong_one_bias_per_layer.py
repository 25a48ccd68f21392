# Believed: A layer has one bias.
def theta_size(filters, window, classes):
    count, channels = 0, 3
    for outputs in filters:
        count += window * window * channels * outputs + 1
        count += 4 * outputs
        channels = outputs
    count += channels * classes + 1
    return count, 4 * count
