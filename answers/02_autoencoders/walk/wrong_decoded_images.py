# Believed: it makes no difference whether codes or decoded images are blended.
def walk(encoder, decoder, first, second, steps):
    start, end = np.asarray(decoder(encoder(np.stack([first, second]))))
    return np.linspace(start, end, steps)
