# Draws the test part of each stratum without replacement; the rest is for training.
def stratified_split(strata, test_share, seed):
    random = np.random.default_rng(seed)
    in_test = np.zeros(len(strata), dtype=bool)
    for name in sorted(set(strata)):
        members = np.flatnonzero(strata == name)
        in_test[random.choice(members, int(test_share * len(members)), replace=False)] = True
    return np.flatnonzero(~in_test), np.flatnonzero(in_test)
