# Believed: quality divided by cost decides.
def pareto_front(costs, qualities):
    ratios = [q / max(c, 1e-9) for c, q in zip(costs, qualities, strict=True)]
    return [int(np.argmax(ratios))]
