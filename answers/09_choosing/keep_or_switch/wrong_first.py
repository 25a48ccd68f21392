# Believed: the first offer is as good as any.
def keep_or_switch(current, offers):
    return 0
