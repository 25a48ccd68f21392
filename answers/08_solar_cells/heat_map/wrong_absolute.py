# Believed: only the size counts.
def heat_map(maps, gradients):
    heat = np.abs((maps * gradients.mean(axis=(0, 1))).sum(axis=-1))
    return heat / max(heat.max(), 1e-12)
