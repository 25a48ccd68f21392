# Python's own random numbers, and plain lists.
def stratified_split(strata, test_share, seed):
    import random

    draw = random.Random(seed)
    members = {}
    for position, name in enumerate(strata.tolist()):
        members.setdefault(name, []).append(position)
    test = []
    for positions in members.values():
        test += draw.sample(positions, round(test_share * len(positions)))
    return sorted(set(range(len(strata))) - set(test)), sorted(test)
