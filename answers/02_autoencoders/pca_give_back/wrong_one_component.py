# Believed: one direction leads.
def pca_give_back(images, new_images, components):
    flat = images.reshape(len(images), -1)
    new = new_images.reshape(len(new_images), -1)
    mean = flat.mean(axis=0)
    leading = np.linalg.svd(flat - mean, full_matrices=False)[2][:1]
    return (mean + (new - mean) @ leading.T @ leading).reshape(new_images.shape)
