# Believed: the stronger the penalty, the better.
def braked_head(features, classes):
    head = keras.Sequential(
        [
            keras.Input((features,)),
            keras.layers.Dense(
                classes,
                activation="softmax",
                kernel_regularizer=keras.regularizers.L2(10.0),
            ),
        ]
    )
    head.compile(
        optimizer=keras.optimizers.Adam(0.001),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return head
