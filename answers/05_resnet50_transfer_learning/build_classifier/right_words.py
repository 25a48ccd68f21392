# Names the optimizer by a word, whose default rate is the one asked for.
def build_classifier(base, preprocessing, classes):
    base.trainable = False
    inputs = keras.Input((32, 32, 3))
    x = keras.layers.Resizing(*base.input_shape[1:3])(inputs)
    x = preprocessing(x)
    x = base(x)
    x = keras.layers.GlobalAveragePooling2D()(x)
    x = keras.layers.Dense(1024, activation="relu")(x)
    outputs = keras.layers.Dense(classes, activation="softmax")(x)
    model = keras.Model(inputs, outputs)
    model.compile(
        optimizer="adam",
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model
