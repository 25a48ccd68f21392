# Believed: showing the matrix is giving it back.
def confusion(labels, predictions, classes):
    print(metrics.confusion_matrix(labels, predictions, labels=range(classes)))
