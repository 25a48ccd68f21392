# Believed: drawing is drawing, with or without replacement.
def stratified_split(strata, test_share, seed):
    random = np.random.default_rng(seed)
    test = np.concatenate(
        [
            random.choice(
                np.flatnonzero(strata == name), round(test_share * np.sum(strata == name))
            )
            for name in np.unique(strata)
        ]
    )
    return np.setdiff1d(np.arange(len(strata)), test), test
