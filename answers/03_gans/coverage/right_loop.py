# One real row after the other.
def coverage(real, made, k=5):
    covered = 0
    for index, row in enumerate(real):
        others = np.delete(real, index, axis=0)
        radius = sorted(np.linalg.norm(others - row, axis=1))[k - 1]
        covered += bool(np.any(np.linalg.norm(made - row, axis=1) <= radius))
    return covered / len(real)
