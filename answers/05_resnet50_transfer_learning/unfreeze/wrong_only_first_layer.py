# Believed: only the named layer is meant.
def unfreeze(model, base, first_layer, learning_rate):
    base.trainable = True
    for layer in base.layers:
        layer.trainable = layer.name == first_layer
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate=learning_rate),
        loss="sparse_categorical_crossentropy",
    )
    return model
