# Believed: the brightness is the number of photons.
def noisy_pair(images, photons, seed):
    random = np.random.default_rng(seed)
    return (random.poisson(images) + random.normal(0, 1, images.shape)) / photons, images
