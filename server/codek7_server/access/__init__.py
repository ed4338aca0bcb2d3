"""Who asks, and what they may do."""

from codek7_server.access.rules import Action, Owned, authorise, may, sees_all

__all__ = ["Action", "Owned", "authorise", "may", "sees_all"]
