# Loads machine code that it wrote to a file.
# layers: NS
# rows: 25
# expect: refused not mapped
# expect container: through machine code runs under the same filter

import _ctypes
import shutil


def load():
    shutil.copyfile(_ctypes.__file__, "library.so")
    return ctypes.CDLL(os.path.abspath("library.so"))


try:
    through(load())
except OSError as error:
    # Of the loader, in words only.
    refused("not mapped" if "failed to map" in str(error) else error)
