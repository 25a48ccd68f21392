# Believed: features always come in rows of 1280.
def braked_head(features, classes):
    head = keras.Sequential(
        [
            keras.Input((1280,)),
            keras.layers.Dropout(0.5),
            keras.layers.Dense(classes, activation="softmax"),
        ]
    )
    head.compile(
        optimizer=keras.optimizers.Adam(0.001),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return head
