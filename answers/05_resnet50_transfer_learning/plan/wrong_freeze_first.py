# Believed: what is frozen stays frozen.
def plan():
    return [
        "cache",
        "train head",
        "freeze norm",
        "unfreeze",
        "compile",
        "fit",
        "choose",
        "open test",
    ]
