"""The fleet for the workbench: its machines, and the runs of all machines in the history."""
