# A dict in another order.
def judge_claims():
    return {
        "H": "open",
        "G": "contradicted",
        "F": "contradicted",
        "E": "open",
        "D": "shown",
        "C": "shown",
        "B": "open",
        "A": "shown",
    }
