# Believed: base.trainable = True is needed at the end.
def unfreeze(model, base, first_layer, learning_rate):
    base.trainable = False
    names = [layer.name for layer in base.layers]
    start = names.index(first_layer)
    for layer in base.layers[:start]:
        layer.trainable = False
    for layer in base.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.trainable = False
    base.trainable = True
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate=learning_rate),
        loss="sparse_categorical_crossentropy",
    )
    return model
