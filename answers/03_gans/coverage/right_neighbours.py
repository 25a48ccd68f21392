# The nearest neighbours of scikit-learn, asked for k others.
def coverage(real, made, k=5):
    from sklearn.neighbors import NearestNeighbors

    radius = NearestNeighbors(n_neighbors=k).fit(real).kneighbors()[0][:, -1]
    nearest = NearestNeighbors(n_neighbors=1).fit(made).kneighbors(real)[0][:, 0]
    return float(np.mean(nearest <= radius + 1e-9))
