# Believed: whitening is undone by itself.
def pca_give_back(images, new_images, components):
    pca = PCA(components, whiten=True).fit(images.reshape(len(images), -1))
    codes = pca.transform(new_images.reshape(len(new_images), -1))
    return (pca.mean_ + codes @ pca.components_).reshape(new_images.shape)
