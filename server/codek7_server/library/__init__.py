"""The library: every asset in one SQLite file made for browsing and searching, derived from the catalog."""
