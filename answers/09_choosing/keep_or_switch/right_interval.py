# The bootstrap's interval of the best gain.
def keep_or_switch(current, offers):
    best = int(np.argmax(offers.mean(axis=1)))
    gains = offers[best].astype(float) - current
    return best if evaluation.mean_interval(gains).low > 0 else None
