# Believed: a night has two photons for a white pixel.
def noisy_pair(images, photons, seed):
    random = np.random.default_rng(seed)
    return (random.poisson(2 * images) + random.normal(0, 1, images.shape)) / 2, images
