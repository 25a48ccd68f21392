# One product over the channels.
def heat_map(maps, gradients):
    heat = np.einsum("hwc,c->hw", maps, gradients.mean(axis=(0, 1)))
    heat = heat.clip(min=0)
    return np.divide(heat, heat.max(), out=np.zeros_like(heat), where=heat.max() > 0)
