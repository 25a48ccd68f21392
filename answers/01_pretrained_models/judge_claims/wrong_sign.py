# Believed: the second is better where the gain is positive.
def judge_claims():
    return {
        "A": "contradicted",
        "B": "open",
        "C": "shown",
        "D": "shown",
        "E": "open",
        "F": "shown",
        "G": "shown",
        "H": "open",
    }
