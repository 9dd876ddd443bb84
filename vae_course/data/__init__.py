"""Data sets. Nothing is downloaded unless the full MNIST is asked for."""

from vae_course.data.binarize import binarize
from vae_course.data.digits import DATA_ENV, Digits, Split, load_digits
from vae_course.data.idx import DataError
from vae_course.data.jitter import jitter
from vae_course.data.labels import keep_labels

__all__ = ["DATA_ENV", "DataError", "Digits", "Split", "binarize", "jitter", "keep_labels", "load_digits"]
