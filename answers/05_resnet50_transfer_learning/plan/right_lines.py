# One step a line, in capitals.
def plan():
    steps = """
    Cache
    Train  head
    Unfreeze
    Freeze norm
    Compile
    Fit
    Choose
    Open test
    """
    return steps.strip().splitlines()
