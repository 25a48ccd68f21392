# Believed: True and False will do.
def pareto_front(costs, qualities):
    c, q = np.asarray(costs), np.asarray(qualities)
    as_good = (c[None] <= c[:, None]) & (q[None] >= q[:, None])
    better = (c[None] < c[:, None]) | (q[None] > q[:, None])
    return (~(as_good & better).any(axis=1)).tolist()
