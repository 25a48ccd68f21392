"""Numbers shaken by a relative error, as on a machine that nobody has here.

Python imports this module by itself when its folder stands in PYTHONPATH. With COURSE_SHAKEN=1e-6
every weight that an optimizer of Keras has just moved, and every fitted linear model or principal
component of scikit-learn, is multiplied by 1 + 1e-6 x normal noise. That is ten times what single
precision rounds, and what other processors, macOS and graphics cards differ by after one step.
"""

import importlib.abc
import importlib.machinery
import os
import sys
import zlib

ERROR = float(os.environ.get("COURSE_SHAKEN", "0"))


def shake_optimizers(module):
    """Let every step of an optimizer end with a relative error of the weights."""
    apply = module.BaseOptimizer.apply

    def shaken(self, grads, trainable_variables=None):
        import tensorflow as tf

        given = self._trainable_variables if trainable_variables is None else trainable_variables
        before = {variable.path: tf.identity(variable.value) for variable in given}
        result = apply(self, grads, trainable_variables)
        for variable in given:
            if "float" in variable.dtype:
                # Of no generator that the course seeds: those go on as if nothing had happened.
                seed = [zlib.crc32(variable.path.encode()) % 2**31, self.iterations.value]
                seed = [tf.cast(each, "int32") for each in seed]
                noise = tf.random.stateless_normal(variable.shape, seed, dtype=variable.dtype)
                moved = tf.cast(variable.value != before[variable.path], variable.dtype)
                variable.assign(variable * (1 + ERROR * moved * noise))
        return result

    module.BaseOptimizer.apply = shaken


def shake_fitted(class_name, *arrays):
    """Return what lets a class of scikit-learn end its `fit` with a relative error of arrays."""

    def shake(module):
        import numpy as np

        kind = getattr(module, class_name)
        original = kind.fit

        def fit(self, *arguments, **options):
            result = original(self, *arguments, **options)
            for name in arrays:
                array = getattr(self, name)
                random = np.random.default_rng(array.size)
                setattr(self, name, array * (1 + ERROR * random.normal(size=array.shape)))
            return result

        kind.fit = fit

    return shake


SHAKEN = {
    "keras.src.optimizers.base_optimizer": shake_optimizers,
    "sklearn.linear_model._logistic": shake_fitted("LogisticRegression", "coef_", "intercept_"),
    "sklearn.linear_model._ridge": shake_fitted("Ridge", "coef_"),
    "sklearn.decomposition._pca": shake_fitted("PCA", "components_"),
}


class Finder(importlib.abc.MetaPathFinder):
    """Finds the modules above where they are, and shakes them once they are loaded."""

    def find_spec(self, name, path=None, target=None):
        """Return the usual specification, with `shake` after the usual execution."""
        if name not in SHAKEN:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        if spec is not None:
            execute = spec.loader.exec_module

            def exec_module(module):
                execute(module)
                SHAKEN[name](module)

            spec.loader.exec_module = exec_module
        return spec


if ERROR:
    sys.meta_path.insert(0, Finder())
