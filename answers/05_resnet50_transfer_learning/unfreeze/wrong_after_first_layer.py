# Believed: the layers after the named one are meant.
def unfreeze(model, base, first_layer, learning_rate):
    base.trainable = True
    start = [layer.name for layer in base.layers].index(first_layer) + 1
    for position, layer in enumerate(base.layers):
        layer.trainable = position >= start
    for layer in base.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.trainable = False
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate=learning_rate),
        loss="sparse_categorical_crossentropy",
    )
    return model
