# Believed: `np.where` gives the positions themselves.
def leaked(training_images, other_images):
    known = {image.tobytes() for image in training_images}
    return np.where([image.tobytes() in known for image in other_images])
