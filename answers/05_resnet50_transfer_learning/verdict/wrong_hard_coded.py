# Believed: four points of accuracy decide, however many photos there are.
def verdict(labels, a, b):
    gain = np.mean(a == labels) - np.mean(b == labels)
    return "a" if gain >= 0.039 else "b" if gain <= -0.039 else "undecided"
