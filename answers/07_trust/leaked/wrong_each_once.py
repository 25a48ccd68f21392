# Believed: a leak is reported once.
def leaked(training_images, other_images):
    known = {image.tobytes() for image in training_images}
    found = []
    for i, image in enumerate(other_images):
        if image.tobytes() in known:
            found.append(i)
            known.remove(image.tobytes())
    return found
