# Believed: all noise is normal.
def noisy_pair(images, photons, seed):
    random = np.random.default_rng(seed)
    return images + random.normal(0, 1, images.shape) / photons, images
