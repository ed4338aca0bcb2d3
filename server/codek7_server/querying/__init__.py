"""The catalog as tables, for administrators."""
