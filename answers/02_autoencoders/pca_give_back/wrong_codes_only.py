# Believed: the code is what is asked for.
def pca_give_back(images, new_images, components):
    pca = PCA(components).fit(images.reshape(len(images), -1))
    return pca.transform(new_images.reshape(len(new_images), -1))
