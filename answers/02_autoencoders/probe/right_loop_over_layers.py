# Through the layers one by one.
def probe(encoder, layer, images, labels, new_images):
    def features(batch):
        x = np.asarray(batch)
        for one in encoder.layers:
            x = one(x)
            if one.name == layer:
                return np.asarray(x)

    scaler = StandardScaler().fit(features(images))
    head = LogisticRegression(C=0.1, max_iter=1000)
    head.fit(scaler.transform(features(images)), labels)
    return head.predict(scaler.transform(features(new_images)))
