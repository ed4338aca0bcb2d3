"""The search for the best ladder of a source: few trials, curves through them, the front, and rungs on it."""

from codek7.study.running import Study, run_study, study_source

__all__ = ["Study", "run_study", "study_source"]
