# Believed: the strength of the penalty does not matter.
def probe(encoder, layer, images, labels, new_images):
    cut = keras.Model(encoder.inputs[0], encoder.get_layer(layer).output)
    head = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    head.fit(np.asarray(cut(images)), labels)
    return head.predict(np.asarray(cut(new_images)))
