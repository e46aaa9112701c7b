"""How the practice models are made: `python -m tui.practice.making` builds all three folders from scratch.

Nothing here is installed with Benchtop. It needs the dependency group `practice`.
"""
