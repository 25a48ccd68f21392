# Believed: the larger accuracy wins.
def verdict(labels, a, b):
    first, second = np.mean(a == labels), np.mean(b == labels)
    if first == second:
        return "undecided"
    return "a" if first > second else "b"
