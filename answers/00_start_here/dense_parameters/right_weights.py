# The sizes of the layer's own arrays, added up.
import keras
import numpy as np


def dense_parameters(inputs, outputs):
    model = keras.Sequential([keras.Input((inputs,)), keras.layers.Dense(outputs)])
    return np.sum([np.prod(weight.shape) for weight in model.weights])
