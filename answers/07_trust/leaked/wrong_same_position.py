# Believed: a twin stands at the same position.
def leaked(training_images, other_images):
    return [
        i
        for i, (a, b) in enumerate(zip(training_images, other_images, strict=False))
        if np.array_equal(a, b)
    ]
