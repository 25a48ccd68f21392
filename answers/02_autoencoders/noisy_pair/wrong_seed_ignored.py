# Believed: experiments need one fixed seed.
def noisy_pair(images, photons, seed):
    random = np.random.default_rng(0)
    noisy = (random.poisson(images * photons) + random.normal(0, 1, images.shape)) / photons
    return noisy, images
