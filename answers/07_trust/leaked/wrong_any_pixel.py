# Believed: an equal pixel makes a twin.
def leaked(training_images, other_images):
    return [
        i
        for i, image in enumerate(other_images)
        if any((image == known).any() for known in training_images)
    ]
