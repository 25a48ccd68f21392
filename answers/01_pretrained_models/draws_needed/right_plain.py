# Plain Python numbers, and a loop that is left when it is enough.
import math


def draws_needed(a, b, wanted):
    d = [x - y for x, y in zip(a, b, strict=True)]
    mean = sum(d) / len(d)
    s = math.sqrt(sum((value - mean) ** 2 for value in d) / (len(d) - 1))
    n = 2
    while True:
        if float(stats.t.ppf(0.975, n - 1)) * s / math.sqrt(n) <= wanted:
            return n
        n += 1
