"""The search for the best ladder of a source: few trials, curves through them, the front, and rungs on it."""
