# Believed: more layers help.
def braked_head(features, classes):
    head = keras.Sequential(
        [
            keras.Input((features,)),
            keras.layers.Dense(1024, activation="relu"),
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
