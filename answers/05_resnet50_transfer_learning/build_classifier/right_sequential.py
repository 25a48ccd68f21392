# The same as a Sequential model, with a loss object.
def build_classifier(base, preprocessing, classes):
    size = base.input_shape[1]
    base.trainable = False
    model = keras.Sequential(
        [
            keras.Input((32, 32, 3)),
            keras.layers.Resizing(size, size),
            preprocessing,
            base,
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dense(1024, activation="relu"),
            keras.layers.Dense(classes, activation="softmax"),
        ]
    )
    model.compile(keras.optimizers.Adam(1e-3), keras.losses.SparseCategoricalCrossentropy())
    return model
