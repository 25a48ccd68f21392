# Believed: True and False will do.
def leaked(training_images, other_images):
    known = {image.tobytes() for image in training_images}
    return [image.tobytes() in known for image in other_images]
