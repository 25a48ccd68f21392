# Believed: one random number for each image will do.
def noisy_pair(images, photons, seed):
    random = np.random.default_rng(seed)
    level = random.normal(0, 1, (len(images), 1, 1, 1))
    return (random.poisson(images * photons) + level) / photons, images
