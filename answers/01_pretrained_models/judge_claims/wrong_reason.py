# Believed: who is ahead, and is known to have seen plants, is ahead because of that.
def judge_claims():
    return {
        "A": "shown",
        "B": "open",
        "C": "shown",
        "D": "shown",
        "E": "open",
        "F": "contradicted",
        "G": "contradicted",
        "H": "shown",
    }
