"""Output parameters: what became of a script's variables."""

import documents


def texts(names, variables):
    """Each variable's JSON text; null for one that is no more."""
    return {name: documents.text(variables.get(name), f'parameter "{name}"') for name in names}


def changes(before, after):
    """The members that differ, as a JSON object: what a script did not touch stays as it came,
    which JSON can say more exactly than Python."""
    changed = (
        f"{documents.quoted(name, 'a parameter')}: {after[name]}"
        for name in after
        if after[name] != before[name]
    )
    return "{" + ", ".join(changed) + "}"
