# Believed: low, median, high is the natural order.
def latency(seconds, warm_up=3, batch=1):
    kept = 1000 * np.asarray(seconds)[warm_up:] / batch
    return tuple(np.percentile(kept, [25, 50, 75]))
