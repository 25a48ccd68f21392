# Believed: every part is standardised by itself.
def probe(encoder, layer, images, labels, new_images):
    cut = keras.Model(encoder.inputs[0], encoder.get_layer(layer).output)
    old, new = np.asarray(cut(images)), np.asarray(cut(new_images))
    old, new = StandardScaler().fit_transform(old), StandardScaler().fit_transform(new)
    head = LogisticRegression(C=0.1, max_iter=1000).fit(old, labels)
    return head.predict(new)
