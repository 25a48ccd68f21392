# What is not decided is open.
from collections import defaultdict


def judge_claims():
    verdicts = defaultdict(lambda: "open")
    verdicts.update({claim: "shown" for claim in "ACD"}, F="contradicted", G="contradicted")
    for claim in "ABCDEFGH":
        verdicts[claim]
    return verdicts
