# Believed: the line of codes is the walk.
def walk(encoder, decoder, first, second, steps):
    codes = np.asarray(encoder(np.stack([first, second])))
    return np.linspace(codes[0], codes[1], steps)
