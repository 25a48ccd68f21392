# The formula with plain Python numbers.
import math


def paired_gain(a, b):
    d = [x - y for x, y in zip(a, b, strict=True)]
    n = len(d)
    mean = sum(d) / n
    s = math.sqrt(sum((value - mean) ** 2 for value in d) / (n - 1))
    half = float(stats.t.ppf(0.975, n - 1)) * s / math.sqrt(n)
    return [mean, mean - half, mean + half]
