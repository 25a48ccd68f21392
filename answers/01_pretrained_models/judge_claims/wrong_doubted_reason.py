# Believed: a reason that nobody has tested is refuted.
def judge_claims():
    return {
        "A": "shown",
        "B": "open",
        "C": "shown",
        "D": "shown",
        "E": "open",
        "F": "contradicted",
        "G": "contradicted",
        "H": "contradicted",
    }
