# The offer with the highest lower end, if that is above zero.
def keep_or_switch(current, offers):
    lower = []
    for offer in offers:
        gains = offer * 1.0 - current * 1.0
        lower.append(gains.mean() - 2 * gains.std(ddof=1) / len(gains) ** 0.5)
    return int(np.argmax(lower)) if max(lower) > 0 else None
