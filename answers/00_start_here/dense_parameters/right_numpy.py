# An array of the kernel's shape with a row for the biases, and its size.
import numpy as np


def dense_parameters(inputs, outputs):
    return np.zeros((inputs + 1, outputs)).size
