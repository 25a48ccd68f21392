# Believed: a position within its stratum is a position.
def stratified_split(strata, test_share, seed):
    random = np.random.default_rng(seed)
    training, test = [], []
    for name in np.unique(strata):
        members = random.permutation(np.sum(strata == name))
        cut = round(test_share * len(members))
        test.extend(members[:cut])
        training.extend(members[cut:])
    return np.array(training), np.array(test)
