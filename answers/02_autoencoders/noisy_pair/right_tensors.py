# Divided by Keras; both parts are tensors.
def noisy_pair(images, photons, seed):
    random = np.random.default_rng(seed)
    caught = random.poisson(images * photons) + random.standard_normal(images.shape)
    caught = keras.ops.convert_to_tensor(caught, dtype="float32")
    return keras.ops.divide(caught, photons), keras.ops.convert_to_tensor(images)
