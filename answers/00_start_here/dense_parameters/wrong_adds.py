# Believed: as many numbers as inputs and outputs together.
def dense_parameters(inputs, outputs):
    return inputs + outputs
