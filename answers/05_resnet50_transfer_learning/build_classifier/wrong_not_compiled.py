# Believed: whoever trains the model compiles it.
def build_classifier(base, preprocessing, classes):
    base.trainable = False
    inputs = keras.Input((32, 32, 3))
    x = keras.layers.Resizing(*base.input_shape[1:3])(inputs)
    x = base(preprocessing(x), training=False)
    x = keras.layers.GlobalAveragePooling2D()(x)
    x = keras.layers.Dense(1024, activation="relu")(x)
    return keras.Model(inputs, keras.layers.Dense(classes, activation="softmax")(x))
