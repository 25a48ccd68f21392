# Believed: two draws make two parts.
def stratified_split(strata, test_share, seed):
    random = np.random.default_rng(seed)
    training, test = [], []
    for name in np.unique(strata):
        members = np.flatnonzero(strata == name)
        cut = round(test_share * len(members))
        test.extend(random.permutation(members)[:cut])
        training.extend(random.permutation(members)[cut:])
    return np.array(training), np.array(test)
