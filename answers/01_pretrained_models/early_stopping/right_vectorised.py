# All at once: the running best, where it stood, and the first look that is too late.
def early_stopping(accuracies, patience):
    values = np.asarray(accuracies)
    looks = np.arange(1, len(values) + 1)
    before = np.concatenate([[-np.inf], np.maximum.accumulate(values)[:-1]])
    kept = np.maximum.accumulate(np.where(values > before, looks, 0))
    late = np.flatnonzero(looks - kept >= patience)
    last = late[0] if len(late) else len(values) - 1
    return int(looks[last]), int(kept[last])
