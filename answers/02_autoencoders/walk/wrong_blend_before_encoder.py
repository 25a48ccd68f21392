# Believed: the encoder of a blend is the blend of the codes.
def walk(encoder, decoder, first, second, steps):
    blended = np.linspace(first, second, steps)
    return np.asarray(decoder(encoder(blended)))
