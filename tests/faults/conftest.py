"""What the program is run on when things go wrong around it."""

from tests.cli.conftest import clip, home, ladder, slow, taller

__all__ = ["clip", "home", "ladder", "slow", "taller"]
