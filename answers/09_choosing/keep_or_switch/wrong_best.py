# Believed: the best on the validation part is the best.
def keep_or_switch(current, offers):
    return int(offers.mean(axis=1).argmax())
