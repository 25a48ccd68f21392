# Believed: the first cells of each stratum are as good as any.
def stratified_split(strata, test_share, seed):
    training, test = [], []
    for name in np.unique(strata):
        members = np.flatnonzero(strata == name)
        cut = round(test_share * len(members))
        test.extend(members[:cut])
        training.extend(members[cut:])
    return np.array(training), np.array(test)
