# Becomes the parent of orphans, in place of the namespace's first process.
# layers: SC
# rows: 41
# expect: refused EPERM

attack(lambda: checked(libc.prctl(36, 1, 0, 0, 0)) or "their parent")
