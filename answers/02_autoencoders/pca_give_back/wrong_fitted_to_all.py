# Believed: the more images, the better the directions.
def pca_give_back(images, new_images, components):
    everything = np.concatenate([images, new_images])
    pca = PCA(components).fit(everything.reshape(len(everything), -1))
    codes = pca.transform(new_images.reshape(len(new_images), -1))
    return pca.inverse_transform(codes).reshape(new_images.shape)
