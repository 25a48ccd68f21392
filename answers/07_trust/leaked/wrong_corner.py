# Believed: the first rows of pixels are enough to know a photo by.
def leaked(training_images, other_images):
    known = {image[:3].tobytes() for image in training_images}
    return [i for i, image in enumerate(other_images) if image[:3].tobytes() in known]
