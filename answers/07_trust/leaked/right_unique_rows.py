# Rows of numbers, as tuples in a dictionary.
def leaked(training_images, other_images):
    known = dict.fromkeys(map(tuple, training_images.reshape(len(training_images), -1).tolist()))
    rows = other_images.reshape(len(other_images), -1).tolist()
    return tuple(position for position, row in enumerate(rows) if tuple(row) in known)
