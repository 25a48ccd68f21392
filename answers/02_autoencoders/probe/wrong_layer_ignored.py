# Believed: the last layer is the representation.
def probe(encoder, layer, images, labels, new_images):
    old, new = np.asarray(encoder(images)), np.asarray(encoder(new_images))
    scaler = StandardScaler().fit(old)
    old, new = scaler.transform(old), scaler.transform(new)
    head = LogisticRegression(C=0.1, max_iter=1000).fit(old, labels)
    return head.predict(new)
