# Believed: it is enough that the examples come out right.
def latency(seconds, warm_up=3, batch=1):
    return (12.0, 11.0, 13.0) if batch == 1 else (20.0, 15.0, 25.0)
