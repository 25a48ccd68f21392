# The statistics module, inclusive quartiles.
def latency(seconds, warm_up=3, batch=1):
    import statistics

    kept = [1000 * value / batch for value in seconds][warm_up:]
    low, median, high = statistics.quantiles(kept, n=4, method="inclusive")
    return [median, low, high]
