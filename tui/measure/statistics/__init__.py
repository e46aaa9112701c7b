"""What repetitions tell about a number: intervals, percentiles, outliers, drift."""
