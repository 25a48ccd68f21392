# Keras operations, in single precision.
def knn_accuracy(features, labels, k):
    rows = keras.ops.convert_to_tensor(features, "float32")
    rows = rows / keras.ops.norm(rows, axis=1, keepdims=True)
    cosines = rows @ keras.ops.transpose(rows) - 3 * keras.ops.eye(len(labels))
    _, nearest = keras.ops.top_k(cosines, k)
    votes = [np.bincount(neighbours).argmax() for neighbours in labels[np.array(nearest)]]
    return keras.ops.mean(keras.ops.cast(np.array(votes) == labels, "float32"))
