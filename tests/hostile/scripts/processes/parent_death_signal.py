# Outlives its parent by turning off the signal that ends it.
# layers: SC
# rows: 41
# expect: refused EPERM

attack(lambda: checked(libc.prctl(1, 0, 0, 0, 0)) or "off")
