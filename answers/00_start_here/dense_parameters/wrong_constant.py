# Believed: the numbers of the layer above are asked for.
def dense_parameters(inputs, outputs):
    return layer.count_params()
