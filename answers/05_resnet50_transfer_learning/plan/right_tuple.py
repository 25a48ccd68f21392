# Returns a tuple, not a list.
def plan():
    return (
        "cache",
        "train head",
        "unfreeze",
        "freeze norm",
        "compile",
        "fit",
        "choose",
        "open test",
    )
