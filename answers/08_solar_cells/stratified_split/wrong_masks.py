# Believed: masks are positions.
def stratified_split(strata, test_share, seed):
    from sklearn.model_selection import train_test_split

    _, test = train_test_split(
        np.arange(len(strata)), test_size=test_share, random_state=seed, stratify=strata
    )
    mask = np.isin(np.arange(len(strata)), test)
    return ~mask, mask
