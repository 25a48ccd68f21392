# The textbook head between two dropouts, with a smaller rate.
def braked_head(features, classes):
    head = keras.Sequential(
        [
            keras.Input((features,)),
            keras.layers.Dropout(0.5),
            keras.layers.Dense(1024, activation="relu"),
            keras.layers.Dropout(0.5),
            keras.layers.Dense(classes, activation="softmax"),
        ]
    )
    head.compile(
        optimizer=keras.optimizers.Adam(0.0003),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return head
