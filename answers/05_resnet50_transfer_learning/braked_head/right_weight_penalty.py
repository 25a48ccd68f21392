# A penalty on the weights of one linear layer.
def braked_head(features, classes):
    head = keras.Sequential(
        [
            keras.Input((features,)),
            keras.layers.Dense(
                classes,
                activation="softmax",
                kernel_regularizer=keras.regularizers.L2(0.01),
            ),
        ]
    )
    head.compile(
        optimizer=keras.optimizers.Adam(0.001),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return head
