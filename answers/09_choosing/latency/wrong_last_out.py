# Believed: the warm-up stands at the end of the list.
def latency(seconds, warm_up=3, batch=1):
    kept = 1000 * np.asarray(seconds)[: len(seconds) - warm_up] / batch
    return tuple(np.percentile(kept, [50, 25, 75]))
