# Believed: a model takes a single image.
def walk(encoder, decoder, first, second, steps):
    start, end = encoder(first), encoder(second)
    return np.stack([decoder(start + t * (end - start)) for t in np.linspace(0, 1, steps)])
