# Compares positions.
def unfreeze(model, base, first_layer, learning_rate):
    base.trainable = True
    first = base.layers.index(base.get_layer(first_layer))
    for position, layer in enumerate(base.layers):
        is_norm = "BatchNormalization" in type(layer).__name__
        layer.trainable = position >= first and not is_norm
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate=learning_rate),
        loss="sparse_categorical_crossentropy",
    )
    return model
