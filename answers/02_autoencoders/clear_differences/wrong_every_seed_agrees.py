# Believed: what all seeds agree on is clear.
def clear_differences(differences):
    differences = np.asarray(differences)
    return [
        "more" if row.min() > 0 else "less" if row.max() < 0 else "undecided" for row in differences
    ]
