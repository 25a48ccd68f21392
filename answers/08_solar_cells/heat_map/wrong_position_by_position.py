# Believed: gradient times value, at each position.
def heat_map(maps, gradients):
    heat = np.maximum((maps * gradients).sum(axis=-1), 0)
    return heat / max(heat.max(), 1e-12)
