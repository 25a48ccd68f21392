# Believed: eigh sorts from large to small.
def pca_give_back(images, new_images, components):
    flat = images.reshape(len(images), -1)
    mean = flat.mean(axis=0)
    vectors = np.linalg.eigh(np.cov(flat, rowvar=False))[1][:, :components]
    codes = (new_images.reshape(len(new_images), -1) - mean) @ vectors
    return (mean + codes @ vectors.T).reshape(new_images.shape)
