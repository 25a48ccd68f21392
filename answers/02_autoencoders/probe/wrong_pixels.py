# Believed: the pixels are features enough.
def probe(encoder, layer, images, labels, new_images):
    old, new = images.reshape(len(images), -1), new_images.reshape(len(new_images), -1)
    scaler = StandardScaler().fit(old)
    old, new = scaler.transform(old), scaler.transform(new)
    head = LogisticRegression(C=0.1, max_iter=1000).fit(old, labels)
    return head.predict(new)
