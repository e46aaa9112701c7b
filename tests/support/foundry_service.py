"""Runs Foundry Local's own web service in a process of its own, with one model in its cache.

Run as ``python -m tests.support.foundry_service FOLDER CATALOGUE_URL``. The first line of stdout is its address. It
ends when stdin ends.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from tests.support.stand_in import Cloud, Offer


@contextmanager
def running(folder: Path, cloud: Cloud, offer: Offer) -> Generator[str]:
    """Start a service that has this model on its disk, and yield its address."""
    cloud.offers = (offer,)
    _put_in_cache(offer, folder / "models")
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.foundry_service", str(folder), f"{cloud.url}/asset-gallery/v1.0/models"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "CI": "1"},
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.stdin.close()
        process.stdout.close()
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _put_in_cache(offer: Offer, cache: Path) -> None:
    assert offer.folder is not None
    folder = cache / "Lab" / f"{offer.name}-{offer.version}"
    shutil.copytree(offer.folder, folder)
    (folder / "inference_model.json").write_text(json.dumps({"Name": offer.model_id}), encoding="utf-8")


def main() -> None:
    protocol = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    from foundry_local_sdk import Configuration, FoundryLocalManager

    folder, catalogue = sys.argv[1:]
    FoundryLocalManager.initialize(
        Configuration(
            app_name="service",
            app_data_dir=str(Path(folder, "data")),
            model_cache_dir=str(Path(folder, "models")),
            disable_nonessential_telemetry=True,
            catalog_urls=[(catalogue, None)],
            web=Configuration.WebService(urls="http://127.0.0.1:0"),
        )
    )
    manager = FoundryLocalManager.instance
    assert manager is not None
    manager.catalog.list_models()
    manager.start_web_service()
    assert manager.urls
    protocol.write(f"{manager.urls[0]}\n")
    protocol.flush()
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    main()
