# Believed: the names of the strata are the split.
def stratified_split(strata, test_share, seed):
    from sklearn.model_selection import train_test_split

    return train_test_split(strata, test_size=test_share, random_state=seed, stratify=strata)
