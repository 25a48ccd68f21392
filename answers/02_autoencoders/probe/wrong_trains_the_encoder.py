# Believed: a head is trained together with what stands before it.
def probe(encoder, layer, images, labels, new_images):
    model = keras.Sequential([encoder, keras.layers.Dense(10, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(images, labels, epochs=5, verbose=0)
    return model.predict(new_images, verbose=0).argmax(axis=1)
