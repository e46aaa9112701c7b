"""Reports of runs, comparisons and decisions in every format."""
