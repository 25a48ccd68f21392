# Believed: an interval that holds zero shows that there is no difference.
def judge_claims():
    return {
        "A": "shown",
        "B": "shown",
        "C": "shown",
        "D": "shown",
        "E": "open",
        "F": "contradicted",
        "G": "contradicted",
        "H": "open",
    }
