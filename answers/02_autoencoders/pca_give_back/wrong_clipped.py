# Believed: pixels lie between 0 and 1.
def pca_give_back(images, new_images, components):
    pca = PCA(components).fit(images.reshape(len(images), -1))
    codes = pca.transform(new_images.reshape(len(new_images), -1))
    return np.clip(pca.inverse_transform(codes), 0, 1).reshape(new_images.shape)
