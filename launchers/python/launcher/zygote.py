"""The zygote: interpreter and packages loaded, one thread, no user code. It only forks."""

import gc
import os
import platform
import sys

import launchpad_shim
import numpy
import pandas
import pyarrow

import exercise
import preload
import satellite
import trees

FOLDER = os.path.dirname(os.path.abspath(__file__))
CHANNEL = 3


def main():
    gc.disable()
    forget_folder()
    exercise.run()
    preload_all()
    check_alone()
    zygote = launchpad_shim.Zygote(trees.folders(), trees.links())
    # What is alive now lives as long as the zygote: a satellite's collector need not touch (and so
    # copy) its pages.
    gc.collect()
    gc.freeze()
    rehearse(zygote)
    launchpad_shim.hide()
    zygote.packages(packages())
    # The last before it only forks: launchpadd looks at what it has open.
    zygote.hello(environment())
    while (order := zygote.next_order()) is not None:
        if zygote.fork(order):
            satellite.main()


def preload_all():
    """What launchpadd asks for, package by package: it looks at this process after each."""
    preload.settle()
    # Of what every script has.
    launchpad_shim.preloaded()
    while (names := launchpad_shim.next_preload()) is not None:
        if preload.is_absent(names[0]):
            launchpad_shim.preloaded(f"there is no module named {names[0]}", True)
        else:
            launchpad_shim.preloaded(preload.load(names) or left_behind() or tried())


def tried():
    """Whether satellites work with it: what is the matter if they do not."""
    try:
        problem = launchpad_shim.begin_trial()
    except (OSError, RuntimeError) as error:
        return str(error)
    if problem is None:
        try:
            exercise.run()
            preload.use()
            problem = ""
        except BaseException as error:
            problem = f"{type(error).__name__}: {error}"
        launchpad_shim.end_trial(problem)
    return problem or None


def rehearse(zygote):
    """A process that does what satellites do shows which memory they will use."""
    if zygote.rehearse():
        try:
            gc.enable()
            exercise.run()
            preload.use()
        finally:
            launchpad_shim.rehearsed()


def forget_folder():
    """Scripts do not find the launcher's modules."""
    sys.path[:] = [path for path in sys.path if os.path.abspath(path) != FOLDER]
    sys.path_importer_cache.pop(FOLDER, None)


def check_alone():
    if fault := left_behind():
        sys.exit(f"a package that the Python launcher loads {fault}")


def left_behind():
    """A second thread would be lost in a fork, maybe with a lock; a further descriptor inherited."""
    if launchpad_shim.tasks() != 1:
        return "has started a thread"
    # Listing the folder opens it: that descriptor is in the list as well, and closed afterwards.
    listed = [int(name) for name in os.listdir("/proc/self/fd")]
    extra = sorted(fd for fd in listed if fd > CHANNEL and is_open(fd))
    return f"has left descriptors open: {extra}" if extra else None


def is_open(fd):
    try:
        os.fstat(fd)
    except OSError:
        return False
    return True


def environment():
    return (
        f"Python {platform.python_version()} ({sys.executable}), pandas {pandas.__version__},"
        f" numpy {numpy.__version__}, pyarrow {pyarrow.__version__}"
    )


def packages():
    """What scripts can import, as (name, version), told by the names of the folders and files that an
    installer leaves beside each package: their contents are not read."""
    found = []
    for folder in sys.path:
        try:
            entries = os.listdir(folder)
        except OSError:
            continue
        for entry in entries:
            stem, ending = os.path.splitext(entry)
            if ending in (".dist-info", ".egg-info"):
                # The version of Python may follow.
                name, _, version = stem.partition("-")
                found.append((name, version.partition("-")[0]))
    return [(name, version) for name, version in found if version]
