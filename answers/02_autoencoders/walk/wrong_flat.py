# Believed: one number for each step is enough.
def walk(encoder, decoder, first, second, steps):
    codes = np.asarray(encoder(np.stack([first, second])))
    return np.asarray(decoder(np.linspace(codes[0], codes[1], steps))).ravel()
