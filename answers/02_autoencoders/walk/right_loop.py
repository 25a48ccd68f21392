# One step after the other.
def walk(encoder, decoder, first, second, steps):
    start = encoder(first[None])
    end = encoder(second[None])
    images = []
    for step in range(steps):
        share = step / (steps - 1)
        images.append(np.asarray(decoder(start + share * (end - start)))[0])
    return np.stack(images)
