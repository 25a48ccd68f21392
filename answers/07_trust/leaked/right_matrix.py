# One training photo against all others at a time.
def leaked(training_images, other_images):
    found = np.zeros(len(other_images), dtype=bool)
    for known in training_images:
        found |= (other_images == known).all(axis=(1, 2, 3))
    return np.where(found)[0]
