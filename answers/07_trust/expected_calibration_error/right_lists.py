# Plain Python: a dictionary of lists.
def expected_calibration_error(confidence, right, bins=10):
    held = {}
    for sure, hit in zip(confidence.tolist(), right.tolist(), strict=True):
        held.setdefault(min(int(sure * bins), bins - 1), []).append((sure, hit))
    error = 0
    for answers in held.values():
        mean = sum(sure for sure, _ in answers) / len(answers)
        share = sum(hit for _, hit in answers) / len(answers)
        error += len(answers) / len(confidence) * abs(mean - share)
    return error
