# Believed: points lie on a line.
def coverage(real, made, k=5):
    radius = np.sort(np.abs(real[:, 0][:, None] - real[:, 0]), axis=1)[:, k]
    nearest = np.abs(real[:, 0][:, None] - made[:, 0]).min(axis=1)
    return (nearest <= radius).mean()
