# Believed: compiling once more can't hurt.
def plan():
    return [
        "cache",
        "train head",
        "compile",
        "unfreeze",
        "freeze norm",
        "compile",
        "fit",
        "choose",
        "open test",
    ]
