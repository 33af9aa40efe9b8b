"""render.sh: what it accepts and what it makes of it."""

import re
import subprocess
from pathlib import Path

import pytest

from gateway_harness import HERE, Gateway, Make, free_port


def rendered(folder: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    made = Gateway(folder, None, **settings)
    return made.script("render.sh", str(made.conf))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ALLOWED_HOSTS", "localhost;}"),
        ("ALLOWED_HOSTS", "a b$c"),
        ("ALLOWED_HOSTS", "~.*"),
        ("CORS_ALLOWED_ORIGINS", "*"),
        ("CORS_ALLOWED_ORIGINS", "app.example.org"),
        ("CORS_ALLOWED_ORIGINS", 'https://a.test";'),
        ("CORS_ALLOWED_ORIGINS", "https://a.test/path"),
        ("TRUSTED_PROXIES", "all"),
        ("RATE_LIMIT", "0"),
        ("RATE_LIMIT", "fast"),
        ("RATE_LIMIT_BURST", "0"),
        ("GATEWAY_PORT", "80;"),
        ("GATEWAY_PORT", " "),
        ("GATEWAY_HOST", "0.0.0.0;"),
        ("GATEWAY_INTERNAL_HOST", "0.0.0.0 8080"),
        ("GATEWAY_INTERNAL_PORT", "0"),
        ("GATEWAY_WORKERS", "many"),
        ("GATEWAY_STATE_DIR", "relative"),
        ("GATEWAY_STATE_DIR", "/tmp/a\nb"),
        ("GATEWAY_STATIC_DIR", ""),
        ("GATEWAY_STATIC_DIR", '/tmp/"; evil'),
        ("GATEWAY_ACCESS_LOG", "/tmp/$host"),
    ],
)
def test_what_nginx_could_misread_is_refused(tmp_path: Path, name: str, value: str) -> None:
    done = rendered(tmp_path, **{name: value})
    assert done.returncode == 2
    assert name in done.stderr


def test_a_folder_with_spaces_and_several_listeners(tmp_path: Path, make_gateway: Make) -> None:
    folder = tmp_path / "my projects" / "gate, way"
    folder.mkdir(parents=True)
    made = Gateway(folder)
    second = free_port()
    made.settings["GATEWAY_PORT"] = f"{made.port} {second}"
    made.start()
    try:
        for port in (made.port, second):
            made.port = port
            assert b" 200 " in made.get_raw("/api/docs/").splitlines()[0]
    finally:
        made.stop()


def test_rendering_again_is_the_same(tmp_path: Path) -> None:
    def files() -> dict[str, str]:
        return {path.name: path.read_text() for path in (tmp_path / "conf").rglob("*") if path.is_file()}

    settings = {
        "ALLOWED_HOSTS": "B.example.org:80, a.example.org,,localhost ,b.example.org",
        "CORS_ALLOWED_ORIGINS": "https://a.test/,https://a.test",
        "TRUSTED_PROXIES": "10.0.0.0/8,fd00::/8",
    }
    made = Gateway(tmp_path, None, **settings)
    assert made.script("render.sh", str(made.conf)).returncode == 0
    before = files()
    assert made.script("render.sh", str(made.conf)).returncode == 0
    assert files() == before
    assert before["allowed-hosts.map"] == "a.example.org 1;\nb.example.org 1;\nlocalhost 1;\n"
    assert before["allowed-origins.map"] == '"https://a.test" "https://a.test";\n'
    assert "set_real_ip_from fd00::/8;" in before["trusted-proxies.conf"]
    assert not [name for name, text in before.items() if re.search("@[A-Z_]+@", text)]


def test_every_setting_is_documented() -> None:
    readme, script = (HERE / "README.md").read_text(), (HERE / "render.sh").read_text()
    head, _, body = script.partition("set -euf")
    read = set(re.findall(r"\$\{?((?:GATEWAY|RATE|ALLOWED|CORS|TRUSTED)_[A-Z_]+)", body))
    assert len(read) == 15
    for name in read:
        assert f"`{name}`" in readme
        assert name in head
