"""The script: its namespace, its run, what it left behind."""

import builtins
import linecache
import os
import sys
import types

import numpy
import pandas

import failure
import meant

NAME = "<script>"

# No data set was returned.
NOTHING = object()


# Empty frames, made ahead of the request.
stock = []


def prepare():
    """Makes what the request's namespace will need."""
    stock.extend(pandas.DataFrame() for _ in range(2))


def empty_frame():
    return stock.pop() if stock else pandas.DataFrame()


class Raised(Exception):
    """The script raised; `described` is kind, message and traceback."""

    def __init__(self, described):
        super().__init__()
        self.described = described


class Exited(Exception):
    """The script asked to exit before its end."""

    def __init__(self, status):
        super().__init__()
        self.status = status


class Namespace:
    """The module `__main__` that a script runs in."""

    def __init__(self, input_name, output_name, frame, parameters):
        self.output_name = output_name
        self.module = types.ModuleType("__main__")
        self.module.__builtins__ = builtins
        # Bound first: an output of the input's name is the input until the script changes that.
        self.unassigned = empty_frame()
        variables = {
            "pandas": pandas,
            "pd": pandas,
            "numpy": numpy,
            "np": numpy,
            output_name: self.unassigned,
            input_name: empty_frame() if frame is None else frame,
            **parameters,
        }
        if frame is None and input_name == output_name:
            variables[output_name] = self.unassigned
        self.module.__dict__.update(variables)
        self.parameters = list(parameters)

    def run(self, source):
        """Runs the script's bytes to its end, or raises Raised or Exited."""
        # The second is multiprocessing's own name for it.
        sys.modules["__main__"] = sys.modules["__mp_main__"] = self.module
        process = os.getpid()
        try:
            self.execute(source)
        except (Raised, Exited) as ended:
            if os.getpid() != process:
                leave_fork(ended)
            raise
        if os.getpid() != process:
            leave_fork(None)

    def execute(self, source):
        try:
            # Without the mark that some editors begin a file with.
            text = source.decode("utf-8-sig")
            remember_lines(text)
            code = compile(text, NAME, "exec", dont_inherit=True)
            exec(code, self.module.__dict__)
        except SystemExit as error:
            raise Exited(exit_status(error.code)) from None
        except BaseException as error:
            raise Raised(self.described(error)) from None

    def described(self, error):
        kind, message, trace = failure.describe(error)
        try:
            told = meant.lines(error, self.module.__dict__, self.parameters)
        except Exception:
            # Of objects that the script made, whatever these do.
            told = []
        return kind, message, "\n".join([trace, *map(failure.clean, told)])

    def variables(self):
        """By their names."""
        return self.module.__dict__

    def result(self):
        """What the output name stands for, NOTHING if the script never gave it anything."""
        value = self.module.__dict__.get(self.output_name, NOTHING)
        # Adding columns in place is giving it something.
        if value is self.unassigned and not len(value.columns) and not len(value.index):
            return NOTHING
        return value


def leave_fork(ended):
    """Ends a process that the script forked and that came to the script's end: one answers."""
    status = 0
    if isinstance(ended, Exited):
        status = ended.status
    elif ended is not None:
        print(ended.described[2], file=sys.stderr)
        status = 1
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:
            # Nobody reads: its output is lost.
            pass
    os._exit(status)


def remember_lines(text):
    """Lets tracebacks and warnings show the script's lines."""
    lines = [line + "\n" for line in text.splitlines()]
    # No time of change: the cache never looks for a file.
    linecache.cache[NAME] = (len(text), None, lines, NAME)


def exit_status(code):
    """As the interpreter itself would have ended."""
    if code is None:
        return 0
    if isinstance(code, int):
        return code & 0xFF
    print(code, file=sys.stderr)
    return 1
