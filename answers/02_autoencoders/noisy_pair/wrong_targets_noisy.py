# Believed: an autoencoder gives back its input, so input and target are the same.
def noisy_pair(images, photons, seed):
    random = np.random.default_rng(seed)
    noisy = (random.poisson(images * photons) + random.normal(0, 1, images.shape)) / photons
    return noisy, noisy
