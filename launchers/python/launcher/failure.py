"""An exception as text: its type, its message, and the traceback without the launcher's frames."""

import os
import traceback

FOLDER = os.path.dirname(os.path.abspath(__file__)) + os.sep


def describe(error):
    """Kind, message and traceback of any exception, however broken."""
    kind = type(error).__name__
    message = trace = ""
    try:
        kind = kind_of(type(error))
        message = message_of(error)
        trace = trace_of(error)
    except BaseException:
        # A message that raises, or no memory left to format: what is known so far must do.
        pass
    return clean(kind), clean(message), clean(trace)


def kind_of(kind):
    """As Python itself writes it: with the module unless that says nothing."""
    module = kind.__module__
    if module in ("builtins", "__main__") or not isinstance(module, str):
        return kind.__qualname__
    return f"{module}.{kind.__qualname__}"


def message_of(error):
    try:
        return str(error)
    except Exception:
        return f"<unprintable {type(error).__name__} object>"


def trace_of(error):
    report = traceback.TracebackException(type(error), error, error.__traceback__)
    drop_own_frames(report, set())
    return "".join(report.format()).rstrip("\n")


def drop_own_frames(report, seen):
    if report is None or id(report) in seen:
        return
    seen.add(id(report))
    kept = [frame for frame in report.stack if not frame.filename.startswith(FOLDER)]
    report.stack = traceback.StackSummary.from_list(kept)
    drop_own_frames(report.__cause__, seen)
    drop_own_frames(report.__context__, seen)
    for inner in getattr(report, "exceptions", None) or ():
        drop_own_frames(inner, seen)


def clean(text):
    """Text that UTF-8 can carry: a lone surrogate becomes its escape."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
