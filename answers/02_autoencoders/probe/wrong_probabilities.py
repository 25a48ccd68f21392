# Believed: a classifier returns probabilities.
def probe(encoder, layer, images, labels, new_images):
    cut = keras.Model(encoder.inputs[0], encoder.get_layer(layer).output)
    old, new = np.asarray(cut(images)), np.asarray(cut(new_images))
    head = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=1000))
    return head.fit(old, labels).predict_proba(new)
