# Believed: the gain itself is what counts.
def judge_claims():
    return {
        "A": "shown",
        "B": "contradicted",
        "C": "shown",
        "D": "shown",
        "E": "shown",
        "F": "contradicted",
        "G": "contradicted",
        "H": "open",
    }
