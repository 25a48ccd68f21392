# Believed: every call counts.
def latency(seconds, warm_up=3, batch=1):
    kept = 1000 * np.asarray(seconds) / batch
    return tuple(np.percentile(kept, [50, 25, 75]))
