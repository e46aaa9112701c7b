"""The pane that shows how much of the machine's memory the models take."""
