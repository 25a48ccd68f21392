# Believed: photos with the same mean are the same.
def leaked(training_images, other_images):
    known = {float(image.mean()) for image in training_images}
    return [i for i, image in enumerate(other_images) if float(image.mean()) in known]
