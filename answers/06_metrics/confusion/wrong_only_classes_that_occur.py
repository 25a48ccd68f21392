# Believed: the classes are those that occur.
def confusion(labels, predictions, classes):
    return metrics.confusion_matrix(labels, predictions)
