# Believed: twice as much for defects will do.
def balanced_weights(labels):
    return {False: 1.0, True: 2.0}
