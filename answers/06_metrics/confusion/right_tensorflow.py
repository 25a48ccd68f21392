# TensorFlow has it, too; it returns a tensor.
def confusion(labels, predictions, classes):
    import tensorflow as tf

    return tf.math.confusion_matrix(labels, predictions, num_classes=classes)
