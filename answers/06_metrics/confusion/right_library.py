# Asks scikit-learn, for all the classes.
def confusion(labels, predictions, classes):
    return metrics.confusion_matrix(labels, predictions, labels=range(classes))
