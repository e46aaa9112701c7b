"""Benchmarks: run by hand, compared against a reference in the same run, never timed tests of the suite."""
