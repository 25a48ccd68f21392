# The standard library.
def gain_interval(method, baseline):
    import statistics

    differences = [float(a) - float(b) for a, b in zip(method, baseline, strict=True)]
    mean = statistics.mean(differences)
    half = stats.t.ppf(0.975, len(differences) - 1) * statistics.stdev(differences)
    half /= len(differences) ** 0.5
    return [mean - half, mean + half]
