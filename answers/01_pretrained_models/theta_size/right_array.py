# All layers at once, with NumPy; the pair is an array.
def theta_size(filters, window, classes):
    outputs = np.array(filters)
    inputs = np.concatenate([[3], outputs[:-1]])
    convolutions = np.sum(window**2 * inputs * outputs + outputs)
    count = convolutions + 4 * outputs.sum() + (outputs[-1] + 1) * classes
    return np.array([count, count * 32 / 8])
