# Believed: a blend of images is a walk.
def walk(encoder, decoder, first, second, steps):
    shares = np.linspace(0, 1, steps)[:, None, None, None]
    return (1 - shares) * first + shares * second
