# Builds the network and asks Keras.
def theta_size(filters, window, classes):
    layers = [keras.Input((None, None, 3))]
    for outputs in filters:
        layers.append(keras.layers.Conv2D(outputs, window, padding="same"))
        layers.append(keras.layers.BatchNormalization())
    layers += [keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(classes)]
    model = keras.Sequential(layers)
    numbers = sum(weight.size for weight in model.get_weights())
    return numbers, sum(weight.nbytes for weight in model.get_weights())
