"""The static folder: the API's page from our own host alone."""

import json
import os
import re
import subprocess
from pathlib import Path

import httpx

from gateway_harness import HERE, Make


def build(out: Path, path: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PATH": path}
    command = [str(HERE / "docs" / "build.sh"), str(out)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def tools_without_npm(folder: Path) -> str:
    """A PATH that has what the script needs, npm excepted."""
    folder.mkdir()
    for tool in ("sh", "dirname", "mkdir", "cksum", "cat", "cp", "mv"):
        (folder / tool).symlink_to(
            next(Path(part) / tool for part in ("/usr/bin", "/bin") if Path(part, tool).exists())
        )
    return str(folder)


def test_built_once_and_served_whole(tmp_path: Path, make_gateway: Make) -> None:
    out = tmp_path / "static"
    bare = tools_without_npm(tmp_path / "bin")
    refused = build(out, bare)
    assert refused.returncode == 2
    assert "npm" in refused.stderr
    done = build(out, os.environ["PATH"])
    assert done.returncode == 0, done.stderr
    again = build(out, bare)
    assert again.returncode == 0, again.stderr
    assert json.loads((out / "openapi.json").read_text()) == json.loads((HERE / "openapi.json").read_text())

    made = make_gateway(GATEWAY_STATIC_DIR=str(out))
    with made.client(**{"Accept-Encoding": "gzip"}) as client:
        page = client.get("/api/docs/")
        linked = re.findall(r'(?:src|href)="([^"]+)"', page.text)
        assert all(link.startswith("/api/") for link in linked)
        assert not re.search(r"<script(?![^>]*\bsrc=)|\bon\w+=|<style|style=", page.text)
        kinds = {link: client.get(link).headers["content-type"].split(";")[0] for link in linked}
        assert kinds == {
            "/api/docs/swagger-ui.css": "text/css",
            "/api/docs/page.css": "text/css",
            "/api/docs/favicon-32x32.png": "image/png",
            "/api/docs/swagger-ui-bundle.js": "text/javascript",
            "/api/docs/page.js": "text/javascript",
            "/api/openapi.json": "application/json",
        }
        bundle = client.get("/api/docs/swagger-ui-bundle.js")
        assert bundle.headers["content-encoding"] == "gzip"
        assert bundle.content == (out / "docs" / "swagger-ui-bundle.js").read_bytes()
        assert httpx.get(f"{made.url}/api/docs/LICENSE", trust_env=False).status_code == 404


def test_the_lock_has_hashes_and_names_no_host() -> None:
    text = (HERE / "docs" / "package-lock.json").read_text()
    packages = json.loads(text)["packages"]
    assert all("integrity" in package for name, package in packages.items() if name)
    assert "://" not in text
    assert "resolved" not in text
