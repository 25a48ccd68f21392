# The distance from 0.5, in units of one half.
def labels_and_weights(probability, doubt):
    distance = np.abs(probability - 0.5) / 0.5
    if doubt == "keep":
        distance = distance * 0 + 1
    if doubt == "drop":
        distance = (distance == 1).astype(int)
    return [probability > 0.5, distance]
