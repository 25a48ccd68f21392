# Believed: the smaller the learning rate, the better.
def braked_head(features, classes):
    head = keras.Sequential(
        [
            keras.Input((features,)),
            keras.layers.Dense(classes, activation="softmax"),
        ]
    )
    head.compile(
        optimizer=keras.optimizers.Adam(0.000001),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return head
