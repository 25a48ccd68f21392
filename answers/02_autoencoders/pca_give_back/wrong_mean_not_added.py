# Believed: what was subtracted need not come back.
def pca_give_back(images, new_images, components):
    flat = images.reshape(len(images), -1)
    mean = flat.mean(axis=0)
    directions = np.linalg.svd(flat - mean, full_matrices=False)[2][:components]
    codes = (new_images.reshape(len(new_images), -1) - mean) @ directions.T
    return (codes @ directions).reshape(new_images.shape)
