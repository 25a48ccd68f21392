# Believed: what is centred is centred by its own mean.
def pca_give_back(images, new_images, components):
    flat = images.reshape(len(images), -1)
    new = new_images.reshape(len(new_images), -1)
    mean = flat.mean(axis=0)
    directions = np.linalg.svd(flat - mean, full_matrices=False)[2][:components]
    own = new.mean(axis=0)
    return (own + (new - own) @ directions.T @ directions).reshape(new_images.shape)
