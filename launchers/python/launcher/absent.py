"""What the sandbox does not have, as Python finds it: nobody chooses what would not work.

Imported before everything else, as modules choose when they are imported.
"""

import _socket
import select

# Its watches are a quota of the OS user. `poll` does as well, and `selectors` takes it where there is
# no epoll when it is imported.
if hasattr(select, "epoll"):
    del select.epoll

import errno
import importlib.util
import multiprocessing.context
import multiprocessing.reduction
import os
import socket
import sys


def sendmsg(self, buffers, ancdata=(), flags=0, address=None):
    """As the socket's own, which is for satellites with an OS user of their own; elsewhere what is
    no more than data goes another way."""
    buffers, ancdata = list(buffers), list(ancdata)
    try:
        return _socket.socket.sendmsg(self, buffers, ancdata, flags, address)
    except PermissionError:
        if ancdata:
            raise
    data = b"".join(buffers)
    return self.send(data, flags) if address is None else self.sendto(data, flags, address)


def settle():
    """In the satellite: without an OS user of its own nobody finds that descriptors can be sent, so that
    multiprocessing, for example, starts its processes another way."""
    one, other = socket.socketpair()
    with one, other:
        try:
            _socket.socket.sendmsg(one, [b"x"])
        except PermissionError:
            multiprocessing.reduction.HAVE_SEND_HANDLE = False


socket.socket.sendmsg = sendmsg


def may_start_programs():
    try:
        os.execve("", ["nothing"], {})
    except OSError as error:
        return error.errno == errno.ENOENT


class Joblib:
    """Sees to it that joblib, when a script imports it, does its work in threads: its own processes
    are programs that it starts, and forked ones may hang after work in OpenMP's threads."""

    def find_spec(self, name, _path=None, _target=None):
        if name != "joblib.parallel":
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        load = spec.loader.exec_module

        def exec_module(module):
            load(module)
            for default in ("DEFAULT_BACKEND", "DEFAULT_PROCESS_BACKEND"):
                if hasattr(module, default):
                    setattr(module, default, "threading")
            if not may_start_programs():
                module.BACKENDS["loky"] = module.BACKENDS["threading"]

        spec.loader.exec_module = exec_module
        return spec


sys.meta_path.insert(0, Joblib())
# Where nothing else is asked for; Python 3.14 would start programs.
multiprocessing.context._default_context._default_context = multiprocessing.get_context("fork")
