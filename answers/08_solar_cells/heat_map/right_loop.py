# Channel by channel; the sum of the gradient in place of its mean cancels in the end.
def heat_map(maps, gradients):
    heat = np.zeros(maps.shape[:2])
    for channel in range(maps.shape[-1]):
        heat += gradients[:, :, channel].sum() * maps[:, :, channel]
    heat[heat < 0] = 0
    largest = heat.max()
    return heat / largest if largest > 0 else heat
