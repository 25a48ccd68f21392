# Believed: their number is enough.
def leaked(training_images, other_images):
    known = {image.tobytes() for image in training_images}
    return sum(image.tobytes() in known for image in other_images)
