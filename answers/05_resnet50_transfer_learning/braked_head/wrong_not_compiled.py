# Believed: whoever trains the head compiles it.
def braked_head(features, classes):
    return keras.Sequential(
        [
            keras.Input((features,)),
            keras.layers.Dropout(0.5),
            keras.layers.Dense(classes, activation="softmax"),
        ]
    )
