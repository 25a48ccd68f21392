# Class by class, in plain Python.
def precision_and_recall(matrix):
    precision, recall = [], []
    for k in range(len(matrix)):
        row = sum(matrix[k])
        column = sum(line[k] for line in matrix)
        precision.append(matrix[k][k] / column if column else 0.0)
        recall.append(matrix[k][k] / row if row else 0.0)
    return precision, recall
