# Believed: who changes nothing loses nothing.
def keep_or_switch(current, offers):
    return None
