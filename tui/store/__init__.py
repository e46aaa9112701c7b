"""What is kept: the history of runs, and the reports taken away."""
