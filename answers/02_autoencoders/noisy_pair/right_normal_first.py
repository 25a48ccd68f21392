# The sensor first, each part divided, targets as a copy.
def noisy_pair(images, photons, seed):
    random = np.random.default_rng(seed)
    sensor = random.normal(size=images.shape) / photons
    light = random.poisson(photons * np.asarray(images)) / photons
    return np.float32(light + sensor), np.array(images)
