# Believed: the share belongs to the first image.
def walk(encoder, decoder, first, second, steps):
    codes = np.asarray(encoder(np.stack([first, second])))
    shares = np.linspace(0, 1, steps)[:, None]
    return np.asarray(decoder(shares * codes[0] + (1 - shares) * codes[1]))
