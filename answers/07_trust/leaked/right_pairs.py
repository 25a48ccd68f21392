# Compares every pair.
def leaked(training_images, other_images):
    found = []
    for position, image in enumerate(other_images):
        if any(np.array_equal(image, known) for known in training_images):
            found.append(position)
    return found
