# Believed: the network has to make the noise.
def noisy_pair(images, photons, seed):
    random = np.random.default_rng(seed)
    noisy = (random.poisson(images * photons) + random.normal(0, 1, images.shape)) / photons
    return images, noisy
