# Believed: head and block may start together.
def plan():
    return [
        "cache",
        "unfreeze",
        "freeze norm",
        "compile",
        "fit",
        "train head",
        "choose",
        "open test",
    ]
