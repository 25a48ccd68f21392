# Units changed at the very end.
def latency(seconds, warm_up=3, batch=1):
    low, median, high = np.quantile(np.array(seconds)[warm_up:], [0.25, 0.5, 0.75])
    return np.array([median, low, high]) * 1000.0 / batch
