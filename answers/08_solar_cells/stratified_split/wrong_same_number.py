# Believed: every stratum gives the same number of cells.
def stratified_split(strata, test_share, seed):
    random = np.random.default_rng(seed)
    names = np.unique(strata)
    count = round(test_share * len(strata) / len(names))
    test = np.concatenate(
        [random.permutation(np.flatnonzero(strata == name))[:count] for name in names]
    )
    return np.setdiff1d(np.arange(len(strata)), test), test
