# All pairs at once; an array is returned.
def pareto_front(costs, qualities):
    c, q = np.asarray(costs), np.asarray(qualities)
    as_good = (c[None] <= c[:, None]) & (q[None] >= q[:, None])
    better = (c[None] < c[:, None]) | (q[None] > q[:, None])
    return np.flatnonzero(~(as_good & better).any(axis=1))
