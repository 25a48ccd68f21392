# Believed: photons scatter normally around their mean.
def noisy_pair(images, photons, seed):
    random = np.random.default_rng(seed)
    caught = random.normal(images * photons, np.sqrt(images * photons))
    return (caught + random.normal(0, 1, images.shape)) / photons, images
