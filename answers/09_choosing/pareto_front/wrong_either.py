# Believed: better in one is enough to dominate.
def pareto_front(costs, qualities):
    everyone = range(len(costs))
    return [
        i
        for i in everyone
        if not any(costs[j] < costs[i] or qualities[j] > qualities[i] for j in everyone)
    ]
