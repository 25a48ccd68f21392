# Believed: as good in both is enough to dominate.
def pareto_front(costs, qualities):
    everyone = range(len(costs))
    return [
        i
        for i in everyone
        if not any(
            j != i and costs[j] <= costs[i] and qualities[j] >= qualities[i] for j in everyone
        )
    ]
