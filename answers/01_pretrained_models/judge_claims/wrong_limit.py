# Believed: a limit above the interval is broken.
def judge_claims():
    return {
        "A": "shown",
        "B": "open",
        "C": "contradicted",
        "D": "shown",
        "E": "open",
        "F": "contradicted",
        "G": "contradicted",
        "H": "open",
    }
