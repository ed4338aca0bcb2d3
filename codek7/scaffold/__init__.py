"""What `codek7 plugin new` writes: templates, and their writer."""

from codek7.scaffold.writing import write_plugin

__all__ = ["write_plugin"]
