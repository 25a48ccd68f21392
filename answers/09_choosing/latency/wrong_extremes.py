# Believed: fastest and slowest show the spread.
def latency(seconds, warm_up=3, batch=1):
    kept = 1000 * np.asarray(seconds)[warm_up:] / batch
    return np.median(kept), kept.min(), kept.max()
