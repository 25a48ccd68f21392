# Believed: setting the layers is enough while the base stays frozen.
def unfreeze(model, base, first_layer, learning_rate):
    for layer in base.layers:
        layer.trainable = layer.name.startswith("block_99")
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate=learning_rate),
        loss="sparse_categorical_crossentropy",
    )
    return model
