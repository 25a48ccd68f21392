# Believed: photons are the right unit.
def noisy_pair(images, photons, seed):
    random = np.random.default_rng(seed)
    return random.poisson(images * photons) + random.normal(0, 1, images.shape), images
