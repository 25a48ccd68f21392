# Other case, spaces and NumPy's text.
def judge_claims():
    words = np.array(
        ["Shown", "open ", "SHOWN", "shown", "Open", "contradicted", "Contradicted", " open"]
    )
    return dict(zip("abcdefgh", words, strict=True))
