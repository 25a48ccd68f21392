# Believed: a dense layer is its kernel and nothing more.
def dense_parameters(inputs, outputs):
    return inputs * outputs
