# Believed: a doubtful cell weighs one half.
def labels_and_weights(probability, doubt):
    sure = np.isin(probability, [0, 1])
    weights = {
        "keep": np.ones(len(probability)),
        "drop": sure * 1.0,
        "weigh": np.where(sure, 1, 0.5),
    }
    return probability > 0.5, weights[doubt]
