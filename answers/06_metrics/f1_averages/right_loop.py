# Precision and recall first, class by class.
def f1_averages(matrix):
    classes = range(len(matrix))
    total = sum(sum(row) for row in matrix)
    macro = weighted = hits = 0
    for k in classes:
        actual, predicted = sum(matrix[k]), sum(row[k] for row in matrix)
        precision = matrix[k][k] / predicted if predicted else 0
        recall = matrix[k][k] / actual if actual else 0
        f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0
        macro += f1 / len(classes)
        weighted += f1 * actual / total
        hits += matrix[k][k]
    return {"macro": macro, "weighted": weighted, "micro": hits / total}
