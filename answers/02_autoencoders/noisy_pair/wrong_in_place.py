# Believed: the argument is mine.
def noisy_pair(images, photons, seed):
    random = np.random.default_rng(seed)
    clean = images.copy()
    images[...] = (random.poisson(images * photons) + random.normal(0, 1, images.shape)) / photons
    return images, clean
