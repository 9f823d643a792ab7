"""Puts the media engine and the page into the wheel: the same commands as the Makefile's."""

from __future__ import annotations

import os
import subprocess
import sysconfig
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ENGINE = "media/target/release/hoptt-media"
PAGE = "src/hoptt/page/index.html"


class Engine(BuildHookInterface[Any]):
    """Builds `hoptt-media` in release and refuses a wheel without a page."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Run cargo and name the platform; an editable install leaves the engine to the Makefile."""
        if version == "editable" or os.environ.get("HOPTT_BUILD_NOTHING"):
            return
        if not (Path(self.root) / PAGE).is_file():
            raise FileNotFoundError(f"{PAGE} is missing: run `make page` first")
        subprocess.run(["make", "engine"], check=True, cwd=self.root)
        build_data["pure_python"] = False
        platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
        build_data["tag"] = f"py3-none-{platform}"
        build_data["shared_scripts"][ENGINE] = "hoptt-media"
