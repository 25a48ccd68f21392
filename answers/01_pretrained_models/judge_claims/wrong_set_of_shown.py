# Believed: the claims that are shown are the answer.
def judge_claims():
    return {"A", "C", "D"}
