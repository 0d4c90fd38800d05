"""Imports all that `main.py` does, but for the application, which each process makes by its own settings."""

import sys

import cli  # noqa: F401  # for what it imports
import main  # noqa: F401  # the same

del sys.modules["main"]
