# Shuffles everything, sorts by stratum (stably), and cuts each stratum; lists count as well.
def stratified_split(strata, test_share, seed):
    shuffled = np.random.RandomState(seed).permutation(len(strata))
    training, test = [], []
    for name in np.unique(strata):
        members = [int(i) for i in shuffled if strata[i] == name]
        cut = int(np.ceil(test_share * len(members)))
        test += members[:cut]
        training += members[cut:]
    return training, test
