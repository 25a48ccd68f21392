# SciPy knows the softmax.
from scipy import special


def f(theta, x):
    h = np.asarray(x)
    for i, (kernel, bias) in enumerate(theta):
        h = np.dot(h, kernel) + bias
        if i + 1 < len(theta):
            h = h * (h > 0)
    return special.softmax(h, axis=-1)
