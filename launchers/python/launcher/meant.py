"""What a failing script may have meant: names that are there in another case, for SQL folds those that are
not quoted."""

import re

import pandas

# More names are no help.
MOST_NAMES = 20

# What pandas says of several columns.
IN_LIST = re.compile(r" not in index|are in the \[")
QUOTED = re.compile(r"'([^']*)'")


def lines(error, variables, parameters):
    """For the end of the traceback. `parameters`: the names of the call's."""
    told = []
    frames = {key: value for key, value in variables.items() if isinstance(value, pandas.DataFrame)}
    names = missing_names(error)
    if isinstance(error, NameError) and names:
        name = names[0]
        told += in_case(name, variables)
        if parameters and not told:
            told.append(f"The parameters are {', '.join(list(parameters)[:MOST_NAMES])}.")
        return told
    for frame, value in frames.items():
        labels = [label for label in value.columns if isinstance(label, str)]
        for name in names:
            told += in_case(name, labels, f" in {frame}")
    return told


def missing_names(error):
    """The names that the script asked for, if that is what failed."""
    if isinstance(error, KeyError):
        name = error.args[0] if error.args else None
        # Of a list of columns: "['A', 'B'] not in index" and the like.
        if isinstance(name, str) and IN_LIST.search(name):
            return QUOTED.findall(name)[:MOST_NAMES]
    elif isinstance(error, (NameError, AttributeError)):
        # Python 3.9 tells it in the message alone.
        name = getattr(error, "name", None) or str(error).rpartition("'")[0].rpartition("'")[2]
    else:
        return []
    return [name] if isinstance(name, str) else []


def in_case(name, known, where=""):
    if name in known:
        return []
    other = next((key for key in known if key.casefold() == name.casefold()), None)
    return [] if other is None else [f'There is no "{name}"{where}, but "{other}".']
