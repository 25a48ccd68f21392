# Scikit-learn does it in one call.
def stratified_split(strata, test_share, seed):
    from sklearn.model_selection import train_test_split

    return train_test_split(
        np.arange(len(strata)), test_size=test_share, random_state=seed, stratify=strata
    )
