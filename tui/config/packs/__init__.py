"""Packs: tasks with what is right, their version, licence and language, in a file or a folder; and data sets of others.

A pack is read as data only. Reading it runs nothing, and the code tests of a task are not run without consent.
"""
