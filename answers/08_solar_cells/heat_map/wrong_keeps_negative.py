# Believed: what speaks against a defect belongs into the picture.
def heat_map(maps, gradients):
    heat = (maps * gradients.mean(axis=(0, 1))).sum(axis=-1)
    return heat / max(heat.max(), 1e-12)
