# Counts for every cell with comparisons.
def confusion(labels, predictions, classes):
    labels, predictions = np.asarray(labels), np.asarray(predictions)
    return np.array(
        [
            [np.sum((labels == row) & (predictions == column)) for column in range(classes)]
            for row in range(classes)
        ]
    )
