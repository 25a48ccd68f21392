# The first number in a row of candidates that is enough.
import itertools


def draws_needed(a, b, wanted):
    s = np.std(np.asarray(a) - np.asarray(b), ddof=1)
    return next(
        n for n in itertools.count(2) if stats.t.ppf(0.975, n - 1) * s / np.sqrt(n) <= wanted
    )
