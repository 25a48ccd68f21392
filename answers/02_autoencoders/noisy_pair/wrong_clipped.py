# Believed: pixels have to lie between 0 and 1.
def noisy_pair(images, photons, seed):
    random = np.random.default_rng(seed)
    noisy = (random.poisson(images * photons) + random.normal(0, 1, images.shape)) / photons
    return np.clip(noisy, 0, 1), images
