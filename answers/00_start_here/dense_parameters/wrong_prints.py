# Believed: printing a value returns it.
def dense_parameters(inputs, outputs):
    print(inputs * outputs + outputs)
