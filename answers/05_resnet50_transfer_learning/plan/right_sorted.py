# Sorted by what each step needs, as an array.
def plan():
    needs = {
        "open test": "choose", "choose": "fit", "fit": "compile", "compile": "freeze norm",
        "freeze norm": "unfreeze", "unfreeze": "train head", "train head": "cache", "cache": None,
    }  # fmt: skip

    def depth(step):
        return 0 if needs[step] is None else 1 + depth(needs[step])

    return np.array(sorted(needs, key=depth))
