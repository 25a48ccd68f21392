# Believed: five points are always enough.
def keep_or_switch(current, offers):
    best = int(offers.mean(axis=1).argmax())
    return best if offers[best].mean() - current.mean() > 0.05 else None
