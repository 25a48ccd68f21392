# The straight line as NumPy draws it between two arrays.
def walk(encoder, decoder, first, second, steps):
    codes = encoder.predict(np.array([first, second]), verbose=0)
    return decoder.predict(np.linspace(codes[0], codes[1], steps), verbose=0)
