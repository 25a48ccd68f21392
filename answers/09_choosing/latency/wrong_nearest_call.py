# Believed: a percentile is always one of the calls.
def latency(seconds, warm_up=3, batch=1):
    kept = sorted(1000 * value / batch for value in seconds[warm_up:])
    return kept[len(kept) // 2], kept[len(kept) // 4], kept[3 * len(kept) // 4]
