# Believed: the position in the training set is wanted.
def leaked(training_images, other_images):
    others = {image.tobytes() for image in other_images}
    return [i for i, image in enumerate(training_images) if image.tobytes() in others]
