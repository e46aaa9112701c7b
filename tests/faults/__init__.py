"""The fault table: what goes wrong is done on purpose, and nothing may be lost, hang, or end in a traceback."""
