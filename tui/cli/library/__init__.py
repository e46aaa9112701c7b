"""The commands about models on this machine and in the catalogue."""
