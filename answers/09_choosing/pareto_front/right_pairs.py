# Every pair compared.
def pareto_front(costs, qualities):
    def dominates(j, i):
        return (
            costs[j] <= costs[i]
            and qualities[j] >= qualities[i]
            and (costs[j] < costs[i] or qualities[j] > qualities[i])
        )

    everyone = range(len(costs))
    return [i for i in everyone if not any(dominates(j, i) for j in everyone)]
