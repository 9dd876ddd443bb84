"""The library of an executable course on variational autoencoders."""

__version__ = "0.1.0"
