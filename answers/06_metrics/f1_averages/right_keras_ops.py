# With Keras operations, in single precision.
def f1_averages(matrix):
    matrix = keras.ops.convert_to_tensor(matrix, "float32")
    hits = keras.ops.diagonal(matrix)
    actual = keras.ops.sum(matrix, axis=1)
    f1 = keras.ops.divide_no_nan(2 * hits, actual + keras.ops.sum(matrix, axis=0))
    return {
        "macro": keras.ops.mean(f1),
        "weighted": keras.ops.sum(f1 * actual) / keras.ops.sum(actual),
        "micro": keras.ops.sum(hits) / keras.ops.sum(actual),
    }
