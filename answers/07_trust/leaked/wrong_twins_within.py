# Believed: photos that occur twice are the leak.
def leaked(training_images, other_images):
    seen, found = set(), []
    for i, image in enumerate(other_images):
        if image.tobytes() in seen:
            found.append(i)
        seen.add(image.tobytes())
    return found
