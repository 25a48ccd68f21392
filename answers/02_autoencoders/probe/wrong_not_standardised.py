# Believed: the scale of features does not matter.
def probe(encoder, layer, images, labels, new_images):
    cut = keras.Model(encoder.inputs[0], encoder.get_layer(layer).output)
    old, new = np.asarray(cut(images)), np.asarray(cut(new_images))
    head = LogisticRegression(C=0.1, max_iter=1000).fit(old, labels)
    return head.predict(new)
