# Image by image and direction by direction, in the precision of a network.
def pca_give_back(images, new_images, components):
    flat = np.float32(images).reshape(len(images), -1)
    mean = flat.mean(axis=0)
    directions = np.linalg.svd(flat - mean)[2]
    given_back = []
    for image in np.float32(new_images):
        restored = mean.copy()
        for direction in directions[:components]:
            restored += np.dot(image.ravel() - mean, direction) * direction
        given_back.append(restored.reshape(image.shape).tolist())
    return given_back
