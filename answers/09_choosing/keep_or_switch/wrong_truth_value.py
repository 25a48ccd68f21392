# Believed: whether to switch is the answer.
def keep_or_switch(current, offers):
    return bool(offers.mean(axis=1).max() > current.mean())
