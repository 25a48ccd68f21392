# Let Keras build the layer and count.
import keras


def dense_parameters(inputs, outputs):
    layer = keras.layers.Dense(outputs)
    layer.build((None, inputs))
    return layer.count_params()
