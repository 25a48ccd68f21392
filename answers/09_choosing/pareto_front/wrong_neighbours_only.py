# Believed: the next cheaper one is all that can dominate.
def pareto_front(costs, qualities):
    order = sorted(range(len(costs)), key=lambda i: (costs[i], -qualities[i]))
    front = order[:1]
    for before, i in zip(order, order[1:], strict=False):
        if qualities[i] > qualities[before]:
            front.append(i)
    return sorted(front)
