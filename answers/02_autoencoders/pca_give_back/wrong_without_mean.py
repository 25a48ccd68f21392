# Believed: the leading directions may go through zero.
def pca_give_back(images, new_images, components):
    flat = images.reshape(len(images), -1)
    directions = np.linalg.svd(flat, full_matrices=False)[2][:components]
    new = new_images.reshape(len(new_images), -1)
    return (new @ directions.T @ directions).reshape(new_images.shape)
