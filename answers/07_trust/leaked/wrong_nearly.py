# Believed: what differs by one grey level is the same.
def leaked(training_images, other_images):
    known = training_images.astype(int)
    return [
        i
        for i, image in enumerate(other_images)
        if (abs(known - image.astype(int)).max(axis=(1, 2, 3)) <= 1).any()
    ]
