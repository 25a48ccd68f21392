# Believed: a defect always weighs more.
def balanced_weights(labels):
    share = min(np.mean(labels), 1 - np.mean(labels))
    return {False: 0.5 / (1 - share), True: 0.5 / share}
