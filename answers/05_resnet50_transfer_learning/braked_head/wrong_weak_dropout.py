# Believed: a little Dropout is brake enough.
def braked_head(features, classes):
    head = keras.Sequential(
        [
            keras.Input((features,)),
            keras.layers.Dropout(0.05),
            keras.layers.Dense(1024, activation="relu"),
            keras.layers.Dense(classes, activation="softmax"),
        ]
    )
    head.compile(
        optimizer=keras.optimizers.Adam(0.001),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return head
