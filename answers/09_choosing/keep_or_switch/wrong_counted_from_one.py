# Believed: positions count from 1.
def keep_or_switch(current, offers):
    return int(offers.mean(axis=1).argmax()) + 1
