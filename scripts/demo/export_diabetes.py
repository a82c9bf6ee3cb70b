"""The diabetes data set that scikit-learn brings along, as CSV on standard output.

442 patients: ten measurements of each, and how far the disease had progressed a year later.
"""

import sys

from sklearn.datasets import load_diabetes

frame = load_diabetes(as_frame=True, scaled=False).frame
frame = frame.astype({"age": int, "sex": int, "target": int})
frame.index += 1
frame.to_csv(sys.stdout, index_label="id")
