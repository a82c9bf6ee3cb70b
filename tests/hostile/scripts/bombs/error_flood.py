# Raises an error whose message is large.
# layers: BK
# rows: 42
# expect: error 38000
# control: skip because the backend bounds it

raise RuntimeError("x" * 50_000_000)
