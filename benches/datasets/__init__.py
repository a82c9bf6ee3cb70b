"""All tables that the benchmark works on."""

from .dataset import Dataset
from .mixed import MIXED
from .numbers import NUMBERS
from .sales import SALES
from .samples import SAMPLES, SCORED
from .texts import TEXTS

__all__ = ["MIXED", "NUMBERS", "SALES", "SAMPLES", "SCORED", "TEXTS", "Dataset"]
