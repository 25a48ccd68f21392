# Photo by photo, ties to the nearest of the tied classes.
def knn_accuracy(features, labels, k):
    right = 0
    for i, row in enumerate(features):
        cosines = [
            (np.dot(row, other) / np.linalg.norm(row) / np.linalg.norm(other), labels[j])
            for j, other in enumerate(features)
            if j != i
        ]
        votes = [label for _, label in sorted(cosines, key=lambda pair: -pair[0])[:k]]
        right += max(votes, key=votes.count) == labels[i]
    return right / len(labels)
