# Believed: the list is read from its end.
def plan():
    return [
        "open test",
        "choose",
        "fit",
        "compile",
        "freeze norm",
        "unfreeze",
        "train head",
        "cache",
    ]
