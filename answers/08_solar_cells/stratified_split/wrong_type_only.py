# Believed: the module type is enough to keep the balance.
def stratified_split(strata, test_share, seed):
    from sklearn.model_selection import train_test_split

    kinds = np.array([name.split()[0] for name in strata])
    return train_test_split(
        np.arange(len(strata)), test_size=test_share, random_state=seed, stratify=kinds
    )
