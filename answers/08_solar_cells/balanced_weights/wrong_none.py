# Believed: equal weights are balanced.
def balanced_weights(labels):
    return {False: 1.0, True: 1.0}
