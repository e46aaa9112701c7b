"""The widgets of the workbench, a folder for each feature.

A pane is told what has happened by ``show(event)``, and asks for something by a message; no pane knows another.
"""
