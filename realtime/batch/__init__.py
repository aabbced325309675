"""Annotate many files: plan, workers, progress, and the job done for each file."""
