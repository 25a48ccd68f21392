# Scikit-learn's splitter object.
def stratified_split(strata, test_share, seed):
    from sklearn.model_selection import StratifiedShuffleSplit

    splitter = StratifiedShuffleSplit(n_splits=1, test_size=test_share, random_state=seed)
    return next(splitter.split(np.zeros(len(strata)), strata))
