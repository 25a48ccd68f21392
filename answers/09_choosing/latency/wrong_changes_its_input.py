# Believed: the warm-up calls may be removed from the list.
def latency(seconds, warm_up=3, batch=1):
    del seconds[:warm_up]
    return tuple(np.percentile(1000 * np.asarray(seconds) / batch, [50, 25, 75]))
