"""The panes of the catalogue: the table of builds, its filter, details and downloads."""
