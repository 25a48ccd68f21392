# Compares the arrays with NumPy's own test helper, and gives tuples.
import numpy as np


def audit(before, after, trainable):
    def moved(name):
        try:
            np.testing.assert_array_equal(before[name], after[name])
        except AssertionError:
            return True
        return False

    changed = [name for name in sorted(before) if moved(name)]
    statistic = [n for n in changed if n.endswith("/moving_mean") or n.endswith("/moving_variance")]
    trained = tuple(n for n in changed if n not in statistic)
    return dict(
        moved=trained,
        statistics=tuple(statistic),
        still=tuple(n for n in sorted(trainable) if n not in changed),
        leaked=tuple(n for n in trained if n not in trainable),
    )
