# Believed: the loss applies the softmax.
def braked_head(features, classes):
    head = keras.Sequential(
        [
            keras.Input((features,)),
            keras.layers.Dropout(0.5),
            keras.layers.Dense(classes),
        ]
    )
    head.compile(
        optimizer=keras.optimizers.Adam(0.0003),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return head
