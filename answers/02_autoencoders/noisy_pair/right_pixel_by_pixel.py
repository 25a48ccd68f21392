# Image by image, with the sensor's noise drawn as a sum of the scaled mean and the noise.
def noisy_pair(images, photons, seed):
    random = np.random.default_rng(seed)
    noisy = np.empty(np.shape(images))
    for index, image in enumerate(images):
        noisy[index] = random.normal(random.poisson(image * photons), 1.0)
    return noisy / photons, images.copy()
