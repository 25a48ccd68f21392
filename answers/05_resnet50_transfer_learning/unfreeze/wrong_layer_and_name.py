# Believed: a layer is equal to its name.
def unfreeze(model, base, first_layer, learning_rate):
    base.trainable = True
    open_now = False
    for layer in base.layers:
        open_now = open_now or layer == first_layer
        layer.trainable = open_now and not isinstance(layer, keras.layers.BatchNormalization)
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate=learning_rate),
        loss="sparse_categorical_crossentropy",
    )
    return model
