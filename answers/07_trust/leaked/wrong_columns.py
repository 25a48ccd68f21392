# Believed: `np.argwhere` gives a plain array.
def leaked(training_images, other_images):
    known = {image.tobytes() for image in training_images}
    return np.argwhere([image.tobytes() in known for image in other_images])
