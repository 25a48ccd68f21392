# Believed: BatchNormalization needs no step of its own.
def plan():
    return ["cache", "train head", "unfreeze", "compile", "fit", "choose", "open test"]
