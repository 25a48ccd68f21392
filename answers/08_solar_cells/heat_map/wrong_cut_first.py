# Believed: negative weights are cut off before the sum.
def heat_map(maps, gradients):
    heat = (maps * np.maximum(gradients.mean(axis=(0, 1)), 0)).sum(axis=-1)
    return heat / max(heat.max(), 1e-12)
