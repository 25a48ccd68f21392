# Believed: the front is listed by cost.
def pareto_front(costs, qualities):
    everyone = range(len(costs))
    return sorted(
        [
            i
            for i in everyone
            if not any(
                costs[j] <= costs[i]
                and qualities[j] >= qualities[i]
                and (costs[j], qualities[j]) != (costs[i], qualities[i])
                for j in everyone
            )
        ],
        key=lambda i: costs[i],
    )
