# Flattens the positions, and divides by a tiny number where nothing is positive.
def heat_map(maps, gradients):
    h, w, channels = maps.shape
    weights = gradients.reshape(-1, channels).mean(axis=0)
    heat = np.maximum(maps.reshape(-1, channels) @ weights, 0).reshape(h, w)
    return heat / max(heat.max(), 1e-12)
