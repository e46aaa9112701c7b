"""The panes of the catalogue: the list of builds with its filter, the details of one build, and the downloads."""
