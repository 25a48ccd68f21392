# Believed: all verdicts together can't be wrong.
def judge_claims():
    return {claim: ["shown", "contradicted", "open"] for claim in "ABCDEFGH"}
