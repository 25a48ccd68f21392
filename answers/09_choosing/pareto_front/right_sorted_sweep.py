# Sorted by cost, keeping the best quality so far.
def pareto_front(costs, qualities):
    front, best = [], -np.inf
    for cost in sorted(set(costs)):
        same = [i for i, c in enumerate(costs) if c == cost]
        top = max(qualities[i] for i in same)
        if top > best:
            front += [i for i in same if qualities[i] == top]
            best = top
    return sorted(front)
