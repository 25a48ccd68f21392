# Believed: the order of compiling and unfreezing does not matter.
def unfreeze(model, base, first_layer, learning_rate):
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate=learning_rate),
        loss="sparse_categorical_crossentropy",
    )
    model.fit(np.zeros((1, *base.input_shape[1:])), np.zeros(1), verbose=0)
    base.trainable = True
    names = [layer.name for layer in base.layers]
    start = names.index(first_layer)
    for layer in base.layers[:start]:
        layer.trainable = False
    for layer in base.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.trainable = False
    return model
