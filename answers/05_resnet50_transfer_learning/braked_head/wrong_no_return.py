# Believed: the last value is returned by itself.
def braked_head(features, classes):
    head = keras.Sequential(
        [
            keras.Input((features,)),
            keras.layers.Dense(1024, activation="relu"),
            keras.layers.Dense(classes, activation="softmax"),
        ]
    )
    head.compile(
        optimizer=keras.optimizers.Adam(0.0001),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
