# Believed: of two equal candidates one is enough.
def pareto_front(costs, qualities):
    front, best = [], -np.inf
    for i in sorted(range(len(costs)), key=lambda i: (costs[i], -qualities[i])):
        if qualities[i] > best:
            front.append(i)
            best = qualities[i]
    return sorted(front)
