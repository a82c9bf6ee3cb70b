"""Which folders a script sees: the interpreter, its packages, the libraries they load."""

import glob
import os
import sys
import sysconfig

FOLDER = os.path.dirname(os.path.realpath(__file__))

# Interpreters that live in these share them with the rest of the host, which is not shown.
SHARED = ("/usr", "/usr/local")

# Symbolic links at the top of a host whose /usr holds everything.
TOP = ("/bin", "/lib", "/lib32", "/lib64", "/libx32", "/sbin")


def folders():
    """Absolute paths; some may not exist or lie in others."""
    found = set(packages()) | set(multiarch()) | set(libraries())
    found.add("/usr/share/zoneinfo")
    found |= {os.path.realpath(path) for path in found}
    return sorted(path for path in found if os.path.isdir(path) and not os.path.islink(path))


def packages():
    paths = sysconfig.get_paths()
    yield from (paths["stdlib"], paths["platstdlib"], paths["purelib"], paths["platlib"])
    for prefix in {sys.prefix, sys.base_prefix}:
        if prefix in SHARED:
            yield from glob.glob(f"{prefix}/lib/python3*")
            yield from glob.glob(f"{prefix}/lib64/python3*")
        else:
            yield prefix
    yield from glob.glob("/usr/local/lib/python3*")
    yield from (path for path in sys.path if os.path.isabs(path) and os.path.isdir(path))


def multiarch():
    triple = sysconfig.get_config_var("MULTIARCH")
    if triple:
        yield f"/usr/lib/{triple}"
        yield f"/lib/{triple}"
    yield from ("/usr/lib64", "/lib64")


def libraries():
    """The folders of the shared libraries that are loaded now."""
    with open("/proc/self/maps") as maps:
        files = {line.split(maxsplit=5)[5].strip() for line in maps if line.count("/") > 0}
    for file in files:
        folder = os.path.dirname(file)
        # Our own are loaded already, and nobody's business.
        if ".so" in os.path.basename(file) and folder != FOLDER:
            yield folder


def links():
    """Links on the way to the folders, as pairs of path and target."""
    return [(path, os.readlink(path)) for path in TOP if os.path.islink(path)]
