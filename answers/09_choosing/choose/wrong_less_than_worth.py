# Believed: a gap of exactly `worth` is worth waiting for.
def choose(candidates, max_ms, max_mb, min_accuracy, worth):
    reasons, fitting = {}, []
    for one in candidates:
        broken = []
        if one["ms"] > max_ms:
            broken.append("latency")
        if one["mb"] > max_mb:
            broken.append("size")
        if one["low"] < min_accuracy:
            broken.append("accuracy")
        if broken:
            reasons[one["name"]] = broken
        else:
            fitting.append(one)
    if not fitting:
        return None, reasons
    best = max(fitting, key=lambda one: one["accuracy"])
    near = [one for one in fitting if best["accuracy"] - one["accuracy"] < worth]
    return min([best, *near], key=lambda one: one["ms"])["name"], reasons
