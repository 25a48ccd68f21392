# Believed: a random draw keeps the shares by itself.
def stratified_split(strata, test_share, seed):
    shuffled = np.random.default_rng(seed).permutation(len(strata))
    cut = round(test_share * len(strata))
    return shuffled[cut:], shuffled[:cut]
