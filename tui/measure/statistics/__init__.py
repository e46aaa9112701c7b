"""This package evaluates repetitions of a number: intervals, percentiles, outliers, drift."""
