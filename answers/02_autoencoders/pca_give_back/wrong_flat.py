# Believed: a row of pixels is an image.
def pca_give_back(images, new_images, components):
    pca = PCA(components).fit(images.reshape(len(images), -1))
    return pca.inverse_transform(pca.transform(new_images.reshape(len(new_images), -1)))
