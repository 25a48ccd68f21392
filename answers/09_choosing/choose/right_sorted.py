# Sorted by latency, the first that is accurate enough.
def choose(candidates, max_ms, max_mb, min_accuracy, worth):
    def broken(one):
        failed = {
            "latency": one["ms"] > max_ms,
            "size": one["mb"] > max_mb,
            "accuracy": one["low"] < min_accuracy,
        }
        return [reason for reason, fails in failed.items() if fails]

    reasons = {one["name"]: broken(one) for one in candidates if broken(one)}
    fitting = sorted((one for one in candidates if not broken(one)), key=lambda one: one["ms"])
    best = max((one["accuracy"] for one in fitting), default=0)
    name = next((one["name"] for one in fitting if one["accuracy"] >= best - worth), None)
    return name, reasons
