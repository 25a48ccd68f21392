# Believed: the row is the predicted class.
def confusion(labels, predictions, classes):
    return metrics.confusion_matrix(predictions, labels, labels=range(classes))
