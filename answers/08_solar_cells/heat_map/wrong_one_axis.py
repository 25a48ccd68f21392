# Believed: the mean over the rows is enough.
def heat_map(maps, gradients):
    heat = np.maximum((maps * gradients.mean(axis=0)).sum(axis=-1), 0)
    return heat / max(heat.max(), 1e-12)
