# Believed: the weight of a channel is the mean size of its gradient.
def heat_map(maps, gradients):
    heat = (maps * np.abs(gradients).mean(axis=(0, 1))).sum(axis=-1)
    return heat / max(heat.max(), 1e-12)
