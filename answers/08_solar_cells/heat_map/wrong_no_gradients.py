# Believed: a bright map is an important map.
def heat_map(maps, gradients):
    heat = maps.sum(axis=-1)
    return heat / max(heat.max(), 1e-12)
