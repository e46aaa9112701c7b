"""What can run a model: each engine keeps its models in child processes."""
