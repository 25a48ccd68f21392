# Believed: every fourth cell, from a place that the seed says.
def stratified_split(strata, test_share, seed):
    test = []
    step = round(1 / test_share)
    for name in np.unique(strata):
        members = np.roll(np.flatnonzero(strata == name), seed)
        test.extend(members[::step])
    test = np.sort(test)
    return np.setdiff1d(np.arange(len(strata)), test), test
