# Believed: the test part comes first.
def stratified_split(strata, test_share, seed):
    from sklearn.model_selection import train_test_split

    training, test = train_test_split(
        np.arange(len(strata)), test_size=test_share, random_state=seed, stratify=strata
    )
    return test, training
