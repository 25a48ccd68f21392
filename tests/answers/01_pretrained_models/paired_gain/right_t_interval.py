# The interval of a t distribution that is moved and stretched.
def paired_gain(a, b):
    d = np.subtract(a, b)
    low, high = stats.t.interval(0.95, d.size - 1, loc=d.mean(), scale=stats.sem(d))
    return d.mean(), low, high
