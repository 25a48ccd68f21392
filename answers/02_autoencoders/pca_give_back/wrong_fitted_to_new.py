# Believed: the directions belong to the images that are to be given back.
def pca_give_back(images, new_images, components):
    pca = PCA(components).fit(new_images.reshape(len(new_images), -1))
    codes = pca.transform(new_images.reshape(len(new_images), -1))
    return pca.inverse_transform(codes).reshape(new_images.shape)
