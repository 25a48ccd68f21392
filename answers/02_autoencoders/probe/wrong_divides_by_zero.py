# Believed: every feature has a spread.
def probe(encoder, layer, images, labels, new_images):
    cut = keras.Model(encoder.inputs[0], encoder.get_layer(layer).output)
    old, new = np.asarray(cut(images)), np.asarray(cut(new_images))
    mean, spread = old.mean(axis=0), old.std(axis=0)
    head = LogisticRegression(C=0.1, max_iter=1000)
    head.fit((old - mean) / spread, labels)
    return head.predict((new - mean) / spread)
