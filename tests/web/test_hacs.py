"""What `make hacs` writes is a repository as HACS asks for one of a dashboard's card."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from acumat.web.assets import CARD
from tests.checkout import ROOT

KEYS = {
    "name",
    "filename",
    "content_in_root",
    "zip_release",
    "hide_default_branch",
    "country",
    "homeassistant",
    "hacs",
    "persistent_directory",
}
"""Those that HACS knows in hacs.json; `name` has to be there."""


def test_the_repository_for_hacs_is_whole(tmp_path: Path) -> None:
    command = ["make", "hacs", f"DIST={tmp_path}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    made = tmp_path / "hacs-card"
    assert {str(path.relative_to(made)) for path in made.rglob("*") if path.is_file()} == {
        "hacs.json", "README.md", "LICENSE", "dist/acumat-card.js",
    }  # fmt: skip
    manifest = json.loads((made / "hacs.json").read_text("utf-8"))
    assert manifest.keys() <= KEYS
    assert manifest["name"].strip()
    # a script in dist/ bears the name that is given, or the repository's
    assert manifest["filename"] == CARD.name == "acumat-card.js"
    assert (made / "dist" / manifest["filename"]).read_bytes() == CARD.read_bytes()
    assert len((made / "README.md").read_text("utf-8").split()) > 50
