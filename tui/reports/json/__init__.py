"""The rows of a run and their JSON, CSV and baseline files."""
