# Believed: everything that is not to be opened is frozen.
def unfreeze(model, base, first_layer, learning_rate):
    base.trainable = True
    model.layers[-1].trainable = False
    names = [layer.name for layer in base.layers]
    start = names.index(first_layer)
    for layer in base.layers[:start]:
        layer.trainable = False
    for layer in base.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.trainable = False
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate=learning_rate),
        loss="sparse_categorical_crossentropy",
    )
    return model
