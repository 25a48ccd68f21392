# Believed: chance needs no seed.
def noisy_pair(images, photons, seed):
    noisy = (np.random.poisson(images * photons) + np.random.normal(0, 1, images.shape)) / photons
    return noisy, images
