"""What a plan needs to know of models on this machine's disk."""
