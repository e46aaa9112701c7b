"""This package stores the history of runs and their ratings in an SQLite file."""
