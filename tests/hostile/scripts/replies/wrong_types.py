# Returns other types than were asked for.
# layers: DEC, BK
# rows: 44
# expect: error 42804
# control: skip because only the backend reads it

import pyarrow

tensor = pyarrow.fixed_shape_tensor(pyarrow.int32(), [1])
storage = pyarrow.array([[1]], pyarrow.list_(pyarrow.int32(), 1))
OutputDataSet = pyarrow.table(
    {"outcome": pyarrow.ExtensionArray.from_storage(tensor, storage), "detail": [{"a": 1}]}
)
