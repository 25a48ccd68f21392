# Believed: scaling means from the smallest to the largest.
def heat_map(maps, gradients):
    heat = (maps * gradients.mean(axis=(0, 1))).sum(axis=-1)
    return (heat - heat.min()) / max(np.ptp(heat), 1e-12)
