"""The audit finds what it is there for, and passes where nobody can be asked."""

import json
import subprocess
from pathlib import Path

import pytest

import audit

RANDOM = "Zk3" + "q8Vt7Lw2Rn5Xy9Bc4Md6Fg1Hj0Ps" * 2
# In pieces, or this file would be the first finding.
PLANTED = {
    "a private key": "-----BEGIN EC " + "PRIVATE KEY-----",
    "a cloud access key": "AKIA" + RANDOM[:16].upper(),
    "a token of GitHub": "ghp_" + RANDOM[:36],
    "an API key of Google": "AIza" + RANDOM[:35],
    "a client secret of Google": "GOCSPX-" + RANDOM[:28],
    "a token of Slack": "xoxb-" + RANDOM[:24],
    "a live key of a payment provider": "sk_live_" + RANDOM[:24],
    "a token of a package registry": "npm_" + RANDOM[:36],
    "a signed token": f"eyJ{RANDOM[:20]}.eyJ{RANDOM[:20]}.{RANDOM[:30]}",
    "a password's hash": "$argon2id$v=19$m=19456,t=2,p=1$" + RANDOM[:22] + "$" + RANDOM[:43],
    "a password in an address": "postgresql://identity:" + RANDOM[:20] + "@db/marketplace",
    "a long value of a secret's name": "SECRET_KEY=" + RANDOM[:40],
}
HARMLESS = """
SECRET_KEY=insecure-development-secret-key
password = "correct-horse-battery-9"
DATABASE_URL=postgresql://identity:${PASSWORD}@db/marketplace
token_audience: str = "sessions-marketplace-api"
RESET_TOKEN_PATTERN_OF_THE_ADDRESS = "/reset-password#token="
"""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    return tmp_path


def keep(repository: Path, name: str, text: str) -> None:
    path = repository / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    subprocess.run(["git", "-C", repository, "add", "--force", name], check=True)


def test_every_kind_of_secret_is_found_and_never_repeated(repository: Path) -> None:
    assert PLANTED.keys() == audit.SECRETS.keys()
    for number, (kind, value) in enumerate(PLANTED.items()):
        keep(repository, f"{number}.txt", f"first\n{value}\n")
        assert f"{number}.txt:2: {kind}" in audit.secrets(repository).findings
    assert not any(value in finding for value in PLANTED.values() for finding in audit.secrets(repository).findings)


@pytest.mark.parametrize("name", [".env", ".env.production", "keys/server.pem", "id_ed25519", "a/.npmrc", "store.p12"])
def test_files_that_hold_secrets_are_found_by_their_names(repository: Path, name: str) -> None:
    keep(repository, name, "")
    (finding,) = audit.secrets(repository).findings
    assert finding.startswith(f"{name}:")


def test_what_only_looks_like_secrets_is_none(repository: Path) -> None:
    keep(repository, ".env.example", HARMLESS)
    keep(repository, "requirements.lock", "--hash=sha256:" + "ab12" * 16)
    assert audit.secrets(repository).findings == []


def test_what_git_does_not_keep_is_not_looked_at(repository: Path) -> None:
    (repository / ".env").write_text(PLANTED["a private key"])
    keep(repository, "kept.txt", "nothing")
    assert audit.secrets(repository).findings == []


def test_this_repository_holds_no_secret() -> None:
    assert audit.secrets() == audit.Result()


def test_known_vulnerabilities_are_findings() -> None:
    package = {"name": "leaky", "version": "1.0", "vulns": [{"id": "CVE-1", "fix_versions": ["1.1"], "aliases": []}]}
    found = audit.read_pip_audit(json.dumps({"dependencies": [package], "fixes": []}), "")
    assert found == audit.Result(["leaky 1.0: CVE-1, mended in 1.1"])
    known = {"leaky": {"severity": "high", "range": "<1.1", "via": []}}
    assert audit.read_npm_audit(json.dumps({"vulnerabilities": known})).findings == ["leaky <1.1: high"]
    assert audit.read_npm_audit(json.dumps({"vulnerabilities": {}})) == audit.Result()


def test_without_advisories_it_says_so_and_finds_nothing() -> None:
    assert audit.read_pip_audit("", "Traceback\nConnectionError: no route") == audit.Result(
        unchecked="ConnectionError: no route"
    )
    skipped = {"name": "aio-pika", "skip_reason": "Dependency not found"}
    assert "1 of 1" in audit.read_pip_audit(json.dumps({"dependencies": [skipped]}), "").unchecked
    for answer in ("", '{"message": "405 Method Not Allowed", "error": {"summary": ""}}'):
        assert audit.read_npm_audit(answer).unchecked


def test_every_lock_is_looked_at() -> None:
    names = " ".join(audit.checks())
    for lock in ("requirements-dev.lock", "frontend, npm", "gateway/docs, npm", "frontend/perf/lighthouse, npm"):
        assert lock in names


def test_the_development_lock_covers_what_services_hold() -> None:
    def pinned(lock: str) -> set[str]:
        lines = (audit.ROOT / lock).read_text().splitlines()
        return {line.split(" ;")[0].rstrip(" \\") for line in lines if "==" in line and not line.startswith(" ")}

    assert pinned("requirements.lock") <= pinned("requirements-dev.lock")
