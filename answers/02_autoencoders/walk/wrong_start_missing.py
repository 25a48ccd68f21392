# Believed: the first image is there already, so the walk begins one step later.
def walk(encoder, decoder, first, second, steps):
    codes = np.asarray(encoder(np.stack([first, second])))
    shares = (np.arange(1, steps + 1) / steps)[:, None]
    return np.asarray(decoder((1 - shares) * codes[0] + shares * codes[1]))
