# Believed: seconds are milliseconds.
def latency(seconds, warm_up=3, batch=1):
    kept = np.asarray(seconds)[warm_up:] / batch
    return tuple(np.percentile(kept, [50, 25, 75]))
