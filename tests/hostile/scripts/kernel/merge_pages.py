# Has its pages merged with equal ones of others: the time of a write tells who has the same.
# layers: SC
# rows: 34
# expect: refused EPERM
# control: refused because not every kernel merges

import mmap

attack(lambda: mmap.mmap(-1, 8192).madvise(12) or "merged")
