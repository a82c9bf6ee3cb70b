"""Modules that are imported in advance, and a record of what scripts import.

A preloaded module is out of a script's sight, in `sys.modules` and as an attribute of its package, until the script imports
it: then it is there without being loaded. What the import of one package has brought along is a group, hidden and shown as a
whole, together with the groups that it needs.
"""

import importlib
import importlib.machinery
import importlib.util
import os
import sys
import sysconfig
import time
from _thread import _local

import usage

# Modules that one script's record holds, at most.
MOST = 1000

# Microseconds.
LEAST = 1000


class Group:
    """What the import of a package has loaded."""

    def __init__(self, name):
        self.name = name
        self.modules = {}
        self.needs = []
        self.is_hidden = False
        # (parent, name, module): where a module was an attribute of a package that stays in sight.
        self.attributes = []

    def hide(self):
        for name, module in self.modules.items():
            if sys.modules.get(name) is module:
                del sys.modules[name]
        self.attributes = list(self.in_sight())
        for parent, name, _ in self.attributes:
            delattr(parent, name)
        self.is_hidden = True

    def in_sight(self):
        for full_name, module in self.modules.items():
            parent, _, name = full_name.rpartition(".")
            parent = sys.modules.get(parent)
            if parent is not None and vars(parent).get(name) is module:
                yield parent, name, module

    def show(self, besides):
        """`besides`: the module that is being imported, which the import system puts into its place."""
        for name, module in self.modules.items():
            if name != besides:
                sys.modules.setdefault(name, module)
        for parent, name, module in self.attributes:
            if name not in vars(parent):
                setattr(parent, name, module)
        self.is_hidden = False


class Loaded:
    """The loader of a module that is there."""

    def __init__(self, module):
        self.module = module
        self.spec = getattr(module, "__spec__", None)

    def create_module(self, _spec):
        return self.module

    def exec_module(self, module):
        # The import system has just set the one that it was given.
        module.__spec__ = self.spec


class Finder:
    """Asked by the import system before all others."""

    def __init__(self):
        self.groups = {}
        # By the name of each module that is hidden.
        self.hidden = {}
        self.loading = None
        # Where modules were found when the first was preloaded.
        self.path = None
        self.stdlib = ()
        self.is_recording = False
        # Nanoseconds by name; 0 for what was preloaded.
        self.imported = {}
        self.inside = _local()

    def find_spec(self, name, path=None, target=None):
        group = self.hidden.get(name)
        if group is not None:
            module = group.modules.get(name)
            if path is None and self.is_elsewhere(name, module):
                return None
            return self.take_out(group, name, module)
        if self.is_recording and not getattr(self.inside, "another", False):
            return self.timed(name, path, target)
        return None

    def is_elsewhere(self, name, module):
        """Whether the script has changed where modules are found, and would find another one."""
        if sys.path == self.path:
            return False
        spec = importlib.machinery.PathFinder.find_spec(name)
        loaded = getattr(module, "__spec__", None)
        return spec is not None and spec.origin != getattr(loaded, "origin", None)

    def take_out(self, group, name, module):
        if self.loading is not None and group not in self.loading.needs:
            self.loading.needs.append(group)
        if self.is_recording:
            self.note(name.partition(".")[0], 0)
            self.note(group.name, 0)
        self.show(group, name)
        return importlib.util.spec_from_loader(name, Loaded(module))

    def show(self, group, besides):
        if group.is_hidden:
            for name in group.modules:
                self.hidden.pop(name, None)
            group.show(besides)
            for needed in group.needs:
                self.show(needed, besides)

    def hide(self):
        for group in self.groups.values():
            if not group.is_hidden:
                group.hide()
                self.hidden.update(dict.fromkeys(group.modules, group))

    def timed(self, name, path, target):
        """As the finders behind this one, with a loader that takes the time."""
        start = time.perf_counter_ns()
        spec = None
        for finder in sys.meta_path:
            if finder is not self and hasattr(finder, "find_spec"):
                spec = finder.find_spec(name, path, target)
            if spec is not None:
                break
        if spec is not None and self.is_of_environment(spec.origin):
            self.watch(spec, start)
        return spec

    def is_of_environment(self, origin):
        """Whether a file is a package's; Python's own modules are not worth while."""
        if not isinstance(origin, str):
            return False
        folders = [path + os.sep for path in self.path if os.path.isabs(path)]
        if not any(map(origin.startswith, folders)):
            return False
        paths = sysconfig.get_paths()
        of_packages = (paths["purelib"] + os.sep, paths["platlib"] + os.sep)
        own = (paths["stdlib"] + os.sep, paths["platstdlib"] + os.sep)
        return origin.startswith(of_packages) or not origin.startswith(own)

    def watch(self, spec, start):
        loader = spec.loader
        execute = getattr(loader, "exec_module", None)

        def exec_module(module):
            del loader.exec_module
            self.inside.another = True
            try:
                execute(module)
            finally:
                self.inside.another = False
                self.note(spec.name, time.perf_counter_ns() - start)

        try:
            loader.exec_module = exec_module
        except AttributeError:
            # One that has no place for it goes without.
            pass

    def note(self, name, nanoseconds):
        if len(self.imported) < MOST:
            self.imported[name] = self.imported.get(name, 0) + nanoseconds


finder = Finder()


def settle():
    """In the zygote, with all that every script has loaded."""
    finder.path = list(sys.path)
    sys.meta_path.insert(0, finder)


def is_absent(package):
    """Whether there is none; nothing of it runs."""
    if package in sys.modules or package in finder.hidden:
        return False
    try:
        return importlib.util.find_spec(package) is None
    except (ImportError, AttributeError, ValueError):
        return False


def load(names):
    """Imports modules of one package, the package first, and hides them. Returns what is the matter with it, if anything."""
    group = Group(names[0])
    before = set(sys.modules)
    finder.loading = group
    problem = None
    try:
        importlib.import_module(names[0])
        for name in names[1:]:
            try:
                importlib.import_module(name)
            except ImportError:
                # Of another version of the package, maybe.
                pass
        prepare_usage(names[0])
    except BaseException as error:
        problem = f"{type(error).__name__}: {error}"
    finally:
        finder.loading = None
    known = {name for group in finder.groups.values() for name in group.modules}
    group.modules = {
        name: module
        for name, module in list(sys.modules.items())
        if name not in before and name not in known
    }
    finder.groups[group.name] = group
    finder.hide()
    return problem


def prepare_usage(package):
    """One that does not fit the package's version is left out."""
    try:
        usage.prepare(package)
    except Exception as error:
        print(f"what scripts do with {package} fails: {error}", file=sys.stderr)


def use():
    """As a script that imports all packages and does with them what scripts do."""
    for name, group in finder.groups.items():
        importlib.import_module(name)
        # Modules of a package that is in sight anyway.
        finder.show(group, None)
    usage.run()
    finder.hide()


def begin():
    """In the satellite: from now on it is the script that imports."""
    finder.is_recording = True


def imported():
    """What the script has imported of its environment, as (name, microseconds), in that order; 0 for what was preloaded.
    What took no time at all is not worth a word."""
    finder.is_recording = False
    found = [(name, nanoseconds // 1000) for name, nanoseconds in finder.imported.items()]
    return [(name, took) for name, took in found if took == 0 or took >= LEAST]
