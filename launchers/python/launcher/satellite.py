"""A satellite's life after the fork: exercise, wait for the one request, serve it, end.

`main` never returns: the interpreter is left at once, without the exit handlers and destructors
that belong to the zygote.
"""

import gc
import io
import multiprocessing
import os
import random
import signal
import sys

import launchpad_shim
import numpy

import absent
import clock
import exercise
import failure
import names
import notes
import parameters
import preload
import reading
import script
import writing

# All that a script finds in its environment, besides where it works (HOME and TMPDIR), and, if it may
# start programs, what they load first (LD_PRELOAD).
ENVIRONMENT = {
    "LANG": "C.UTF-8",
    "MKL_NUM_THREADS": "1",
    "NUMEXPR_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    # The C library's resolver sends one question after the other: both at once takes a call that
    # satellites without an OS user of their own do not have.
    "RES_OPTIONS": "single-request",
    "TZ": "UTC",
}

OURS = (
    "absent",
    "arrays",
    "cells",
    "clock",
    "columns",
    "documents",
    "exercise",
    "failure",
    "frames",
    "launchpad_shim",
    "meant",
    "names",
    "notes",
    "parameters",
    "plain",
    "preload",
    "reading",
    "satellite",
    "script",
    "shapes",
    "trees",
    "usage",
    "vectors",
    "writing",
    "zygote",
)


def main():
    status = 1
    try:
        prepare()
        if (request := wait()) is not None:
            serve(request)
        status = 0
    finally:
        launchpad_shim.leave(status)


def prepare():
    """Everything that needs no request, done ahead of it."""
    try:
        gc.enable()
        settle()
        reseed()
        # Again with the request's descriptors; what both need is in memory then.
        open_streams()
        exercise.run_again()
        script.prepare()
        preload.begin()
        # The collector has nothing to look for among what is alive now, and nothing to copy.
        gc.collect()
        gc.freeze()
    except BaseException as error:
        kind, message, _ = failure.describe(error)
        launchpad_shim.refused("exercise", f"{kind}: {message}")
        raise
    launchpad_shim.ready()


def settle():
    """The process's surroundings as a script expects them."""
    # The zygote's own may have been told otherwise by whoever started it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    library = os.environ.get("LD_PRELOAD")
    os.environ.clear()
    if library is not None and absent.may_start_programs():
        os.environ["LD_PRELOAD"] = library
    work = os.getcwd()
    os.environ.update(ENVIRONMENT, HOME=work, TMPDIR=work)
    os.umask(0o077)
    absent.settle()
    names.settle()
    sys.argv[:] = [""]
    for name in OURS:
        sys.modules.pop(name, None)


def wait():
    return launchpad_shim.next_assignment()


def serve(_request):
    run = Run(*launchpad_shim.read_run())
    open_streams()
    clock.settle(run.time_zone)
    try:
        rows, changed = script_result(run)
    except BrokenPipeError:
        # Nobody waits for an answer any more.
        raise
    except script.Exited as exited:
        conclude()
        launchpad_shim.send_exited(exited.status)
    except script.Raised as raised:
        conclude()
        launchpad_shim.send_raised(*raised.described)
    except writing.NoTable as error:
        conclude()
        launchpad_shim.send_result(str(error))
    except BaseException as error:
        # Of our own code, or out of memory in it: never silent.
        described = failure.describe(error)
        conclude()
        launchpad_shim.send_raised(*described)
    else:
        conclude()
        if run.read_back:
            launchpad_shim.send_params(changed)
        launchpad_shim.send_done(rows)


class Run:
    """What the backend asks for."""

    def __init__(
        self,
        input_name,
        output_name,
        has_params,
        has_input,
        wanted,
        text,
        frame_types,
        read_back,
        time_zone,
    ):
        self.input_name = input_name
        self.output_name = output_name
        self.has_params = has_params
        self.has_input = has_input
        self.wanted = wanted
        self.text = text
        self.frame_types = frame_types
        self.read_back = read_back
        self.time_zone = time_zone


def script_result(run):
    """Runs the script; returns the number of rows sent, or None if it returned no data set, and
    the parameters to read back that it changed, as JSON."""
    with open(launchpad_shim.INPUT, "rb", buffering=1 << 16) as pipe:
        given = reading.parameters(pipe) if run.has_params else {}
        frame = reading.frame(pipe, run.frame_types) if run.has_input else None
    namespace = script.Namespace(run.input_name, run.output_name, frame, given)
    before = parameters.texts(run.read_back, given)
    del frame, given
    namespace.run(run.text)
    changed = parameters.changes(before, parameters.texts(run.read_back, namespace.variables()))
    if (value := namespace.result()) is script.NOTHING:
        if writing.declared(run.wanted):
            notes.nothing(run.output_name, namespace.variables())
        os.close(launchpad_shim.OUTPUT)
        return None, changed
    with open(launchpad_shim.OUTPUT, "wb", buffering=1 << 16) as pipe:
        return writing.send(value, run.output_name, run.wanted, pipe), changed


def open_streams():
    """Standard output and error as text, line by line, whatever a script prints."""
    for number, name in ((1, "stdout"), (2, "stderr")):
        raw = io.FileIO(number, "wb", closefd=False)
        stream = io.TextIOWrapper(
            io.BufferedWriter(raw),
            encoding="utf-8",
            errors="backslashreplace",
            line_buffering=True,
        )
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)


def reseed():
    """All satellites of a zygote would else draw the same numbers, and take each other's word."""
    random.seed()
    numpy.random.seed()
    multiprocessing.current_process().authkey = os.urandom(32)


def conclude():
    """Before the end is told."""
    flush()
    try:
        if found := preload.imported():
            launchpad_shim.send_imports(found)
    except Exception:
        # The script may have changed anything; nobody else needs this.
        pass


def flush():
    """What the script wrote, out of every buffer, before the end is told."""
    for stream in (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__):
        try:
            stream.flush()
        except Exception:
            # The script may have closed or replaced it, or nobody reads: its output is lost then.
            pass
    launchpad_shim.flush_c_streams()
