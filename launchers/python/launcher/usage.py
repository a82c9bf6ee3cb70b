"""What scripts do with the packages that are preloaded: once in the zygote, which loads what is loaded late, and
again, what is quick, in the process that rehearses for satellites, so that a script finds the memory in place."""

import importlib
import io
import pickle
import sys

import numpy
import pandas

# The quick ones.
parts = []

X = pandas.DataFrame({"a": numpy.arange(8.0), "b": numpy.arange(8.0) % 3})
Y = numpy.arange(8.0)


def prepare(package):
    """In the zygote, which has just imported the package."""
    use = PACKAGES.get(package)
    if use is not None:
        part = use()
        if part is not None:
            part()
            parts.append(part)


def run():
    """As a script would."""
    for part in parts:
        part()


def scikit_learn():
    """A fitted model is unpickled and asked, as scoring does."""
    if "sklearn.ensemble" in sys.modules:
        model = importlib.import_module("sklearn.ensemble").GradientBoostingRegressor(
            n_estimators=2
        )
    elif "sklearn.linear_model" in sys.modules:
        model = importlib.import_module("sklearn.linear_model").LinearRegression()
    else:
        return None
    model.fit(X, Y)
    fitted = pickle.dumps(model)

    def score():
        if len(pickle.loads(fitted).predict(X)) != len(X):
            raise RuntimeError("a prediction is wrong")

    return score


def matplotlib():
    """A figure is drawn: that takes long, so in the zygote alone."""
    if "matplotlib.pyplot" in sys.modules:
        pyplot = importlib.import_module("matplotlib.pyplot")
        figure, axes = pyplot.subplots()
        axes.plot([0, 1])
        figure.savefig(io.BytesIO(), format="png")
        pyplot.close(figure)
        # Fonts that have been used stay open.
        fonts = importlib.import_module("matplotlib.font_manager")
        fonts._get_font.cache_clear()


PACKAGES = {"sklearn": scikit_learn, "matplotlib": matplotlib}
