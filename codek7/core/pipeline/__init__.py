"""From a source to a published presentation: planned, then run, one event after the other."""
