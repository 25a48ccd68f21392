# Believed: only who is better in both dominates.
def pareto_front(costs, qualities):
    everyone = range(len(costs))
    return [
        i
        for i in everyone
        if not any(costs[j] < costs[i] and qualities[j] > qualities[i] for j in everyone)
    ]
