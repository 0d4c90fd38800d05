"""Imports everything that `main.py` does, except the application, which each process creates from its own settings."""

import sys

import cli  # noqa: F401  # for what it imports
import main  # noqa: F401  # the same

del sys.modules["main"]
