# Believed: a thousand photos are never enough.
def verdict(labels, a, b):
    return "undecided"
