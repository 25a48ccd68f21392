# Grouped by verdict, and turned round.
def judge_claims():
    by_verdict = {"shown": "ACD", "open": "BEH", "contradicted": "FG"}
    return {claim: verdict for verdict, claims in by_verdict.items() for claim in claims}
