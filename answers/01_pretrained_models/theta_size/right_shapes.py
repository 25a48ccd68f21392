# Writes down the shape of every array, then multiplies and adds.
def theta_size(filters, window, classes):
    shapes, channels = [], 3
    for outputs in filters:
        shapes += [(window, window, channels, outputs)] + [(outputs,)] * 5
        channels = outputs
    shapes += [(channels, classes), (classes,)]
    count = int(sum(np.prod(shape) for shape in shapes))
    return [count, count * 4]
