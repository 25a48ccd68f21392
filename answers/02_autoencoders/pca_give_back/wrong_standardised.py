# Believed: features are always standardised first.
def pca_give_back(images, new_images, components):
    flat = images.reshape(len(images), -1)
    mean, spread = flat.mean(axis=0), flat.std(axis=0)
    pca = PCA(components).fit((flat - mean) / spread)
    codes = pca.transform((new_images.reshape(len(new_images), -1) - mean) / spread)
    return (pca.inverse_transform(codes) * spread + mean).reshape(new_images.shape)
