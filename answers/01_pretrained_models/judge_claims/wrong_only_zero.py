# Believed: an interval says nothing but whether it holds zero.
def judge_claims():
    return {
        "A": "shown",
        "B": "open",
        "C": "open",
        "D": "open",
        "E": "open",
        "F": "contradicted",
        "G": "contradicted",
        "H": "open",
    }
