# Loads machine code that it wrote to a file.
# layers: NS
# rows: 25
# expect: refused not mapped

import shutil


def load():
    # A small one of those that are loaded already; only libraries of packages have .so at the end.
    paths = {line.split()[-1] for line in open("/proc/self/maps") if line.endswith(".so\n")}
    shutil.copy(min(filter(os.path.exists, paths), key=os.path.getsize), "library.so")
    return ctypes.CDLL(os.path.abspath("library.so"))


try:
    through(load())
except OSError as error:
    # Of the loader, in words only.
    refused("not mapped" if "failed to map" in str(error) else error)
