# Counts one by one.
def dense_parameters(inputs, outputs):
    count = 0
    for _ in range(outputs):
        count += inputs
        count += 1
    return float(count)
