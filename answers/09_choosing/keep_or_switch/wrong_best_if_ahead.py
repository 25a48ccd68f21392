# Believed: an offer that is ahead by more than the costs pays.
def keep_or_switch(current, offers):
    best = int(offers.mean(axis=1).argmax())
    return best if offers[best].mean() - current.mean() > 0.02 else None
