# Looks the bytes up in a set.
def leaked(training_images, other_images):
    known = set(image.tobytes() for image in training_images)
    return np.flatnonzero([image.tobytes() in known for image in other_images])
