# Believed: one experiment never shows anything.
def judge_claims():
    return {
        "A": "open",
        "B": "open",
        "C": "open",
        "D": "open",
        "E": "open",
        "F": "open",
        "G": "open",
        "H": "open",
    }
