# In place, on an array of its own.
def noisy_pair(images, photons, seed):
    generator = np.random.default_rng(seed)
    counts = generator.poisson(lam=images * photons).astype(float)
    counts += generator.standard_normal(counts.shape)
    return [counts / photons, images]
