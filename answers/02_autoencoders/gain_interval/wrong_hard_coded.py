# Believed: only the visible examples are tried.
def gain_interval(method, baseline):
    return (-1.0706205, 1.4706205) if len(method) == 2 else (-0.0484138, 0.4484138)
