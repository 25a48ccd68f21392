# Believed: a change of trainable counts at once.
def unfreeze(model, base, first_layer, learning_rate):
    base.trainable = True
    names = [layer.name for layer in base.layers]
    start = names.index(first_layer)
    for layer in base.layers[:start]:
        layer.trainable = False
    for layer in base.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.trainable = False
    return model
