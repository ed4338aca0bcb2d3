"""Sources as local files: found, hashed, and fetched once per machine where they are elsewhere."""

from codek7.sources.cache import cache_of, forget, hold
from codek7.sources.fetching import fetch_source, open_local
from codek7.sources.references import open_reference

__all__ = ["cache_of", "fetch_source", "forget", "hold", "open_local", "open_reference"]
