# Tries every score, and one above all.
def cheapest_threshold(labels, scores, cost_of_miss, cost_of_false_alarm):
    best, lowest = float("inf"), cost_of_miss * sum(labels)
    for threshold in scores:
        cost = 0
        for bird, score in zip(labels, scores, strict=True):
            if bird and score < threshold:
                cost += cost_of_miss
            if not bird and score >= threshold:
                cost += cost_of_false_alarm
        if cost < lowest:
            best, lowest = threshold, cost
    return best
