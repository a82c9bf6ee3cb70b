# Returns other types than were asked for.
# layers: DEC, BK
# rows: 44
# expect: error 42804
# control: skip because only the backend reads it

import pyarrow

OutputDataSet = pyarrow.table(
    {"outcome": pyarrow.array([[b"x"]], pyarrow.list_(pyarrow.binary())), "detail": [{"a": 1}]}
)
