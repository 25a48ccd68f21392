# The pair as a list.
def choose(candidates, max_ms, max_mb, min_accuracy, worth):
    reasons = {}
    for one in candidates:
        tests = [
            ("latency", one["ms"] <= max_ms),
            ("size", one["mb"] <= max_mb),
            ("accuracy", min_accuracy <= one["low"]),
        ]
        if not all(holds for _, holds in tests):
            reasons[one["name"]] = [reason for reason, holds in tests if not holds]
    left = [one for one in candidates if one["name"] not in reasons]
    if not left:
        return [None, reasons]
    top = np.max([one["accuracy"] for one in left])
    left = [one for one in left if top - one["accuracy"] <= worth]
    return [left[int(np.argmin([one["ms"] for one in left]))]["name"], reasons]
