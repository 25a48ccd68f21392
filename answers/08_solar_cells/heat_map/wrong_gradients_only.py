# Believed: the gradient is the heat.
def heat_map(maps, gradients):
    heat = np.maximum(gradients.sum(axis=-1), 0)
    return heat / max(heat.max(), 1e-12)
