# Believed: something is always positive.
def heat_map(maps, gradients):
    heat = np.maximum((maps * gradients.mean(axis=(0, 1))).sum(axis=-1), 0)
    return heat / heat.max()
