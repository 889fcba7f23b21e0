"""The version of this package, and how it introduces itself to servers."""

__version__ = "0.1.0"
