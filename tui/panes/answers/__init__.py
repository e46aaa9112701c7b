"""The columns in which the answers of a stored run are read."""
