# Believed: PCA keeps as many components as it should by itself.
def pca_give_back(images, new_images, components):
    pca = PCA().fit(images.reshape(len(images), -1))
    codes = pca.transform(new_images.reshape(len(new_images), -1))
    return pca.inverse_transform(codes).reshape(new_images.shape)
