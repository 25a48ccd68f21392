# Believed: the mean is taken over the channels.
def heat_map(maps, gradients):
    weights = gradients.mean(axis=-1, keepdims=True)
    heat = np.maximum((maps * weights).sum(axis=-1), 0)
    return heat / max(heat.max(), 1e-12)
