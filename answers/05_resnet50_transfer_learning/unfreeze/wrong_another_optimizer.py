# Believed: any optimizer will do.
def unfreeze(model, base, first_layer, learning_rate):
    base.trainable = True
    names = [layer.name for layer in base.layers]
    start = names.index(first_layer)
    for layer in base.layers[:start]:
        layer.trainable = False
    for layer in base.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.trainable = False
    model.compile(
        optimizer=keras.optimizers.RMSprop(learning_rate=learning_rate),
        loss="sparse_categorical_crossentropy",
    )
    return model
