# Leaves the flag of the base alone; those of its layers are what counts in Keras 3.
def unfreeze(model, base, first_layer, learning_rate):
    names = [layer.name for layer in base.layers]
    for layer in base.layers[names.index(first_layer) :]:
        layer.trainable = not isinstance(layer, keras.layers.BatchNormalization)
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate=learning_rate),
        loss=keras.losses.SparseCategoricalCrossentropy(),
    )
    return model
