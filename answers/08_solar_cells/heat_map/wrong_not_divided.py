# Believed: the unit does not matter.
def heat_map(maps, gradients):
    return np.maximum((maps * gradients.mean(axis=(0, 1))).sum(axis=-1), 0)
