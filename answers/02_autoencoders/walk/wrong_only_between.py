# Believed: the ends are known already.
def walk(encoder, decoder, first, second, steps):
    codes = np.asarray(encoder(np.stack([first, second])))
    shares = np.linspace(0, 1, steps + 2)[1:-1, None]
    return np.asarray(decoder((1 - shares) * codes[0] + shares * codes[1]))
