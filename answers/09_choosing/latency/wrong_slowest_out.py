# Believed: the slowest calls are the warm-up.
def latency(seconds, warm_up=3, batch=1):
    kept = 1000 * np.sort(seconds)[: len(seconds) - warm_up] / batch
    return tuple(np.percentile(kept, [50, 25, 75]))
