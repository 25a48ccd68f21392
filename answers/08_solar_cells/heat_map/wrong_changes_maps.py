# Believed: the maps aren't needed any more.
def heat_map(maps, gradients):
    maps *= gradients.mean(axis=(0, 1))
    heat = np.maximum(maps.sum(axis=-1), 0)
    return heat / max(heat.max(), 1e-12)
