"""What a failing script may have meant: names that are there in another case, for SQL folds those that are
not quoted."""

import pandas

# More names are no help.
MOST_NAMES = 20


def lines(error, variables, parameters):
    """For the end of the traceback. `parameters`: the names of the call's."""
    told = []
    frames = {key: value for key, value in variables.items() if isinstance(value, pandas.DataFrame)}
    name = missing_name(error)
    if name is None:
        return told
    if isinstance(error, NameError):
        told += in_case(name, variables)
        if parameters and not told:
            told.append(f"The parameters are {', '.join(list(parameters)[:MOST_NAMES])}.")
        return told
    for frame, value in frames.items():
        labels = [label for label in value.columns if isinstance(label, str)]
        told += in_case(name, labels, f" in {frame}")
    return told


def missing_name(error):
    """The name that the script asked for, if that is what failed."""
    if isinstance(error, KeyError):
        name = error.args[0] if error.args else None
    elif isinstance(error, (NameError, AttributeError)):
        # Python 3.9 tells it in the message alone.
        name = getattr(error, "name", None) or str(error).rpartition("'")[0].rpartition("'")[2]
    else:
        return None
    return name if isinstance(name, str) else None


def in_case(name, known, where=""):
    if name in known:
        return []
    other = next((key for key in known if key.casefold() == name.casefold()), None)
    return [] if other is None else [f'There is no "{name}"{where}, but "{other}".']
