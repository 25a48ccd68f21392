# Believed: features are cached once all is settled.
def plan():
    return [
        "train head",
        "unfreeze",
        "freeze norm",
        "compile",
        "fit",
        "cache",
        "choose",
        "open test",
    ]
