"""The report on many machines, and the files that it is made from."""
