# Believed: whatever isn't shown is wrong.
def judge_claims():
    return {
        "A": "shown",
        "B": "contradicted",
        "C": "shown",
        "D": "shown",
        "E": "contradicted",
        "F": "contradicted",
        "G": "contradicted",
        "H": "contradicted",
    }
