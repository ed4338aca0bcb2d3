"""The command line: one module a verb."""

from codek7.cli.main import main

__all__ = ["main"]
