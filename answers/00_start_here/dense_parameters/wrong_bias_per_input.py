# Believed: the bias belongs to the inputs.
def dense_parameters(inputs, outputs):
    return inputs * outputs + inputs
