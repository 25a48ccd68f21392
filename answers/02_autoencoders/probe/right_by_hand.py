# Standardised by hand.
def probe(encoder, layer, images, labels, new_images):
    cut = keras.Model(encoder.inputs, encoder.get_layer(layer).output)
    old = cut.predict(images, verbose=0)
    new = cut.predict(new_images, verbose=0)
    mean, spread = old.mean(axis=0), old.std(axis=0)
    spread[spread == 0] = 1
    head = LogisticRegression(C=0.1, max_iter=1000).fit((old - mean) / spread, labels)
    return head.predict((new - mean) / spread)
