# Believed: the mean is the fair summary.
def latency(seconds, warm_up=3, batch=1):
    kept = 1000 * np.asarray(seconds)[warm_up:] / batch
    return np.mean(kept), np.percentile(kept, 25), np.percentile(kept, 75)
