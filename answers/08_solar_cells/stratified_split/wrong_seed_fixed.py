# Believed: one split is enough for everybody.
def stratified_split(strata, test_share, seed):
    from sklearn.model_selection import train_test_split

    return train_test_split(
        np.arange(len(strata)), test_size=test_share, random_state=42, stratify=strata
    )
