# Believed: freezing the model freezes the base.
def build_classifier(base, preprocessing, classes):
    inputs = keras.Input((32, 32, 3))
    x = keras.layers.Resizing(*base.input_shape[1:3])(inputs)
    x = preprocessing(x)
    x = base(x, training=False)
    x = keras.layers.GlobalAveragePooling2D()(x)
    x = keras.layers.Dense(1024, activation="relu")(x)
    outputs = keras.layers.Dense(classes, activation="softmax")(x)
    model = keras.Model(inputs, outputs)
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate=0.001),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    model.trainable = False
    return model
