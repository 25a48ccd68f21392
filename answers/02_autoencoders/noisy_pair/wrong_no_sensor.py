# Believed: the photons are all the noise there is.
def noisy_pair(images, photons, seed):
    random = np.random.default_rng(seed)
    return random.poisson(images * photons) / photons, images
