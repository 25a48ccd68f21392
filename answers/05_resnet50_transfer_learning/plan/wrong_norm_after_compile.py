# Believed: BatchNormalization can be frozen at the last moment.
def plan():
    return [
        "cache",
        "train head",
        "unfreeze",
        "compile",
        "freeze norm",
        "fit",
        "choose",
        "open test",
    ]
