"""The commands on models on this machine and in the catalogue."""
