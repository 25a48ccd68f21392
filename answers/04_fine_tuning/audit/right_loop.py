# Goes through the names once and compares bytes after giving every NaN one form.
import numpy as np


def audit(before, after, trainable):
    found = {"moved": [], "statistics": [], "still": [], "leaked": []}
    flagged = set(trainable)
    for name in sorted(before):
        old, new = np.asarray(before[name]), np.asarray(after[name])
        same = (old == new) | (np.isnan(old) & np.isnan(new))
        if same.all():
            if name in flagged:
                found["still"].append(name)
        elif name.split("/")[-1].startswith("moving_"):
            found["statistics"].append(name)
        else:
            found["moved"].append(name)
            if name not in flagged:
                found["leaked"].append(name)
    return found
