# Believed: compiling is part of building, and freezing counts at any time.
def plan():
    return [
        "cache",
        "train head",
        "compile",
        "unfreeze",
        "freeze norm",
        "fit",
        "choose",
        "open test",
    ]
