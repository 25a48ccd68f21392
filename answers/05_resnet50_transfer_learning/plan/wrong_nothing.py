# Believed: no order is wrong.
def plan():
    return []
