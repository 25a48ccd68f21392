# Believed: the sensor's noise grows with the number of photons.
def noisy_pair(images, photons, seed):
    random = np.random.default_rng(seed)
    caught = random.poisson(images * photons) + random.normal(0, photons, images.shape)
    return caught / photons, images
