# Believed: "True" is True.
def balanced_weights(labels):
    share = np.mean(labels)
    return {"False": float(0.5 / (1 - share)), "True": float(0.5 / share)}
