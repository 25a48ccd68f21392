# Believed: a confusion matrix holds the share of each row.
def confusion(labels, predictions, classes):
    return metrics.confusion_matrix(labels, predictions, labels=range(classes), normalize="true")
