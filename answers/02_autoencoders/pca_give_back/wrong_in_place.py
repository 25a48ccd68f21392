# Believed: the new images are mine.
def pca_give_back(images, new_images, components):
    flat = images.reshape(len(images), -1)
    new = new_images.reshape(len(new_images), -1)
    mean = flat.mean(axis=0)
    new -= mean
    directions = np.linalg.svd(flat - mean, full_matrices=False)[2][:components]
    return (mean + new @ directions.T @ directions).reshape(new_images.shape)
