# Calls itself without end.
# layers: RL
# rows: 48
# expect: error 38000
# control: skip because it only ends itself

import sys

sys.setrecursionlimit(1 << 30)


class Deep:
    def __repr__(self):
        return repr(self)


repr(Deep())
