# Believed: a budget that is met exactly is broken.
def choose(candidates, max_ms, max_mb, min_accuracy, worth):
    reasons, fitting = {}, []
    for one in candidates:
        broken = []
        if one["ms"] >= max_ms:
            broken.append("latency")
        if one["mb"] >= max_mb:
            broken.append("size")
        if one["low"] < min_accuracy:
            broken.append("accuracy")
        if broken:
            reasons[one["name"]] = broken
        else:
            fitting.append(one)
    if not fitting:
        return None, reasons
    best = max(one["accuracy"] for one in fitting)
    near = [one for one in fitting if one["accuracy"] >= best - worth]
    return min(near, key=lambda one: one["ms"])["name"], reasons
