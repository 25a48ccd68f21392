# Layer by layer, each as a product of its parts.
def theta_size(filters, window, classes):
    count = 0
    inputs = [3, *filters[:-1]]
    for channels, outputs in zip(inputs, filters, strict=True):
        count += window**2 * channels * outputs + outputs
        count += 4 * outputs
    count += filters[-1] * classes + classes
    return count, count * 32 // 8
