# Believed: the list is mine, so that the colours can be put in front.
def theta_size(filters, window, classes):
    filters.insert(0, 3)
    count = 0
    for channels, outputs in zip(filters, filters[1:], strict=False):
        count += window**2 * channels * outputs + 5 * outputs
    count += (filters[-1] + 1) * classes
    return count, 4 * count
