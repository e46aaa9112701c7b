"""`python -m tui.practice.making`: trains the core, builds the three folders and checks them.

It takes about a quarter of an hour and needs the dependency group `practice`. With `--core FOLDER` the trained core is
kept there, and a core that is already there is built without training.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tui.practice import practice_folder
from tui.practice.making import build, check, train

LOWEST_HIT_RATE = 0.95


def main() -> int:
    """Trains, saves, builds and checks; 1 when too many held-out prompts are missed."""
    parser = argparse.ArgumentParser(prog="python -m tui.practice.making")
    parser.add_argument("--steps", type=int, default=train.STEPS, help="training steps")
    parser.add_argument("--core", type=Path, help="where the trained core is kept or found")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        core: Path = options.core or Path(scratch) / "core"
        if not (core / "model.safetensors").exists():
            tokenizer = train.make_tokenizer()
            train.save(train.train(tokenizer, options.steps), tokenizer, core)
        build.build(core, Path(scratch))
    return 0 if check.check(practice_folder("practice-small")) >= LOWEST_HIT_RATE else 1


if __name__ == "__main__":
    sys.exit(main())
