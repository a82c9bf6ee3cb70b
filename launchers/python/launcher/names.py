"""Removing and renaming where names stay: in the container sandbox nothing bounds the work folder but
what is seen when it is measured, so that the filter lets nothing lose its name.

What a script removes is emptied instead. Elsewhere nothing of this is in its way.
"""

import ctypes
import errno
import os
import shutil
import stat
import tempfile

AT_FDCWD = -100
RENAME_NOREPLACE = 1

unlink = os.unlink
rmdir = os.rmdir


def settle():
    try:
        unlink("")
    except PermissionError:
        os.unlink = os.remove = empty
        os.rmdir = leave
        os.rename = os.replace = rename
        # Bound when the module was imported.
        for function in vars(tempfile._TemporaryFileCloser).values():
            if unlink in (getattr(function, "__defaults__", None) or ()):
                function.__defaults__ = tuple(
                    empty if value is unlink else value for value in function.__defaults__
                )
    except FileNotFoundError:
        pass


def empty(path, *, dir_fd=None):
    """Stands for os.unlink."""
    mode = os.lstat(path, dir_fd=dir_fd).st_mode
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
    if stat.S_ISREG(mode):
        flags = os.O_WRONLY | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
        os.close(os.open(path, flags, dir_fd=dir_fd))


def leave(path, *, dir_fd=None):
    """Stands for os.rmdir."""
    if not stat.S_ISDIR(os.lstat(path, dir_fd=dir_fd).st_mode):
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), path)


def rename(src, dst, *, src_dir_fd=None, dst_dir_fd=None):
    """Stands for os.rename and os.replace. What is at the new name is overwritten, not replaced."""
    renameat2 = ctypes.CDLL(None, use_errno=True).renameat2
    done = renameat2(
        AT_FDCWD if src_dir_fd is None else src_dir_fd,
        os.fsencode(src),
        AT_FDCWD if dst_dir_fd is None else dst_dir_fd,
        os.fsencode(dst),
        RENAME_NOREPLACE,
    )
    code = ctypes.get_errno() if done else 0
    if code == errno.EEXIST:
        overwrite(src, dst, src_dir_fd, dst_dir_fd)
        empty(src, dir_fd=src_dir_fd)
    elif code:
        raise OSError(code, os.strerror(code), src, None, dst)


def overwrite(src, dst, src_dir_fd, dst_dir_fd):
    def opener(folder):
        return lambda path, flags: os.open(path, flags, 0o666, dir_fd=folder)

    with (
        open(src, "rb", opener=opener(src_dir_fd)) as source,
        open(dst, "wb", opener=opener(dst_dir_fd)) as target,
    ):
        shutil.copyfileobj(source, target)
