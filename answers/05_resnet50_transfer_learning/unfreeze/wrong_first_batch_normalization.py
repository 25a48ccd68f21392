# Believed: the named layer is opened, whatever it is.
def unfreeze(model, base, first_layer, learning_rate):
    base.trainable = True
    names = [layer.name for layer in base.layers]
    start = names.index(first_layer)
    for position, layer in enumerate(base.layers):
        is_norm = isinstance(layer, keras.layers.BatchNormalization)
        layer.trainable = position == start or (position > start and not is_norm)
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate=learning_rate),
        loss="sparse_categorical_crossentropy",
    )
    return model
