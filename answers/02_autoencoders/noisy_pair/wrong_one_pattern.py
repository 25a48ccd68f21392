# Believed: the sensor adds the same pattern to every image.
def noisy_pair(images, photons, seed):
    random = np.random.default_rng(seed)
    pattern = random.normal(0, 1, images.shape[1:])
    return (random.poisson(images * photons) + pattern) / photons, images
