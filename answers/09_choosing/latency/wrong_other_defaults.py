# Believed: the defaults are mine to choose.
def latency(seconds, warm_up=2, batch=32):
    kept = 1000 * np.asarray(seconds)[warm_up:] / batch
    return tuple(np.percentile(kept, [50, 25, 75]))
