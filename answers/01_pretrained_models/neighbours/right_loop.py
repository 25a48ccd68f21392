# One pair at a time.
def neighbours(queries, gallery, k):
    found = []
    for query in np.asarray(queries, dtype=float):
        cosines = []
        for position, row in enumerate(np.asarray(gallery, dtype=float)):
            cosine = np.dot(query, row) / np.linalg.norm(query) / np.linalg.norm(row)
            cosines.append((-cosine, position))
        found.append([position for _, position in sorted(cosines)[:k]])
    return found
