# Believed: steps equal parts have steps ends.
def walk(encoder, decoder, first, second, steps):
    codes = np.asarray(encoder(np.stack([first, second])))
    shares = (np.arange(steps) / steps)[:, None]
    return np.asarray(decoder((1 - shares) * codes[0] + shares * codes[1]))
