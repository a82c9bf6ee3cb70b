"""The Python launcher: `<python> -I -S <this folder>` becomes a zygote.

Its standard error's last line is shown to users when it does not start, so it is one sentence.
"""

import os
import sys

# Before the libraries are loaded: no threads of theirs may exist when the zygote forks, and one
# satellite is one core's worth of work.
os.environ.update(
    ARROW_DEFAULT_MEMORY_POOL="system",
    JE_ARROW_MALLOC_CONF="background_thread:false",
    MKL_NUM_THREADS="1",
    NUMEXPR_NUM_THREADS="1",
    OMP_NUM_THREADS="1",
    OPENBLAS_NUM_THREADS="1",
)


def confine(shim):
    """Before any code of a package's runs."""
    try:
        shim.confine()
    except (OSError, RuntimeError) as error:
        sys.exit(f"the zygote could not be confined: {error}")


def main():
    sys.dont_write_bytecode = True
    if sys.version_info < (3, 9):
        version = ".".join(map(str, sys.version_info[:3]))
        sys.exit(f"Python {version} is too old: the Python launcher needs 3.9 or newer")
    try:
        import launchpad_shim

        launchpad_shim.gather()
        confine(launchpad_shim)
        import site

        # Before packages, which choose by it.
        import absent  # noqa: F401

        # What -S has put off: from here on code of packages runs.
        site.main()
        import zygote
    except ImportError as error:
        sys.exit(f"{type(error).__name__}: {error}")
    zygote.main()


main()
