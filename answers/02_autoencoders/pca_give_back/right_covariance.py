# Eigenvectors of the covariance matrix, and a projection matrix.
def pca_give_back(images, new_images, components):
    flat = np.asarray(images, dtype=float).reshape(len(images), -1)
    new = np.asarray(new_images, dtype=float).reshape(len(new_images), -1)
    values, vectors = np.linalg.eigh(np.cov(flat, rowvar=False))
    leading = vectors[:, np.argsort(values)[::-1][:components]]
    projected = (new - flat.mean(axis=0)) @ leading @ leading.T + flat.mean(axis=0)
    return projected.reshape(new_images.shape)
