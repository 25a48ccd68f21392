# Believed: naming the steps is enough.
def plan():
    return {
        "cache",
        "train head",
        "unfreeze",
        "freeze norm",
        "compile",
        "fit",
        "choose",
        "open test",
    }
