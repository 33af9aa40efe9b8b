"""make audit: known vulnerabilities in what the locks name, and secrets in what git keeps.

Advisories come from the package managers' own sources. Where these can't be reached the check says so and passes: no
network is no vulnerability. A finding fails.
"""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PYTHON_LOCKS = ("requirements-dev.lock",)  # all versions of requirements.lock, and more
SECONDS = 180  # for one lock


@dataclass
class Result:
    """What a check found, and what it couldn't look up."""

    findings: list[str] = field(default_factory=list)
    unchecked: str = ""


def read_pip_audit(output: str, error: str) -> Result:
    """What pip-audit wrote (--format json)."""
    try:
        packages = json.loads(output)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return Result(unchecked=_last_line(error) or "no answer")
    found = [
        f"{package['name']} {package['version']}: {known['id']}, mended in {', '.join(known['fix_versions']) or 'none'}"
        for package in packages
        for known in package.get("vulns", ())
    ]
    skipped = [package["name"] for package in packages if "skip_reason" in package]
    return Result(found, f"nothing is known of {len(skipped)} of {len(packages)} packages" if skipped else "")


def read_npm_audit(output: str) -> Result:
    """What npm audit wrote (--json)."""
    try:
        document: dict[str, Any] = json.loads(output)
        vulnerable: dict[str, Any] = document["vulnerabilities"]
    except (ValueError, KeyError, TypeError):
        return Result(unchecked="the advisories can't be reached")
    return Result([f"{name} {known.get('range', '')}: {known['severity']}" for name, known in vulnerable.items()])


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1] if lines else ""


def _run(*command: str, folder: Path = ROOT) -> tuple[str, str]:
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        return "", f"no answer within {SECONDS} s"
    except OSError as error:
        return "", str(error)
    return done.stdout, done.stderr


def python_lock(name: str) -> Result:
    # The lock holds every version and hash: nothing is resolved, nothing is installed.
    options = ("--require-hashes", "--disable-pip", "--format", "json", "--progress-spinner", "off", "--timeout", "10")
    return read_pip_audit(*_run(str(ROOT / ".venv/bin/pip-audit"), "--requirement", name, *options))


def npm_lock(folder: str) -> Result:
    return read_npm_audit(_run("npm", "audit", "--json", "--package-lock-only", folder=ROOT / folder)[0])


# What gives itself away by its form. Names of settings and words of documentation don't match.
SECRETS = {
    "a private key": r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY(?: BLOCK)?-----",
    "a cloud access key": r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
    "a token of GitHub": r"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{40,})",
    "an API key of Google": r"\bAIza[0-9A-Za-z_-]{35}\b",
    "a client secret of Google": r"\bGOCSPX-[0-9A-Za-z_-]{28}\b",
    "a token of Slack": r"\bxox[abprs]-[0-9A-Za-z-]{20,}",
    "a live key of a payment provider": r"\b[rs]k_live_[0-9A-Za-z]{20,}",
    "a token of a package registry": r"\b(?:npm_[A-Za-z0-9]{36}|pypi-[A-Za-z0-9_-]{50,})",
    "a signed token": r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{20,}",
    "a password's hash": r"\$argon2id?\$[^\s\"']*\$[A-Za-z0-9+/]{16,}\$[A-Za-z0-9+/]{20,}"
    r"|\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}",
    "a password in an address": r"\b[a-z][a-z0-9+.-]*://[A-Za-z0-9_.-]+:(?!pass(?:word)?@)[^\s\"'{}$<>@/:*%]{8,}@",
    "a long value of a secret's name": r"(?i)\b[a-z_]*(?:secret|password|passwd|token|api_?key)[a-z_]*[\"']?\s*[:=]\s*"
    r"[\"']?(?=[A-Za-z0-9+/_=-]*[0-9])(?=[A-Za-z0-9+/_=-]*[A-Za-z])[A-Za-z0-9+/_=]{32,}[\"']?",
}
_SECRETS = {name: re.compile(pattern) for name, pattern in SECRETS.items()}
SECRET_FILES = re.compile(
    r"(?:^|/)(?:\.env(?:\.(?!example$)[^/]+)?|\.npmrc|\.pypirc|\.netrc|id_[a-z0-9]+|[^/]+\.(?:pem|key|p12|pfx|jks|kdbx))$"
)
# Lock files hold hashes, and nothing that anybody writes by hand.
_GENERATED = re.compile(r"(?:^|/)(?:requirements(?:-dev)?\.lock|package-lock\.json)$")


def secrets(root: Path = ROOT) -> Result:
    """Every file that git keeps, by its name and its lines."""
    names, error = _run("git", "ls-files", "-z", folder=root)
    if not names:
        return Result(unchecked=_last_line(error) or "no files of git's")
    return Result(list(_secrets_in(root, names.split("\0")[:-1])))


def _secrets_in(root: Path, names: list[str]) -> Iterator[str]:
    for name in names:
        if SECRET_FILES.search(name):
            yield f"{name}: a file of this name holds secrets"
        path = root / name
        if _GENERATED.search(name) or not path.is_file():
            continue
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), start=1):
            # The value itself stays unsaid: this is a log.
            yield from (f"{name}:{number}: {kind}" for kind, pattern in _SECRETS.items() if pattern.search(line))


def checks() -> dict[str, Callable[[], Result]]:
    """By name. Every lock that git keeps is looked at."""
    tracked = _run("git", "ls-files", "*package-lock.json")[0].split()
    found: dict[str, Callable[[], Result]] = {"secrets in the repository": secrets}
    found |= {f"known vulnerabilities: {name}": lambda name=name: python_lock(name) for name in PYTHON_LOCKS}  # type: ignore[misc]
    folders = [str(Path(name).parent) for name in tracked]
    found |= {f"known vulnerabilities: {name}, npm": lambda name=name: npm_lock(name) for name in folders}  # type: ignore[misc]
    return found


def main() -> int:
    bad = 0
    for name, check in checks().items():
        result = check()
        bad += len(result.findings)
        state = f"{len(result.findings)} found" if result.findings else "none found"
        print(f"{name}: {state}" + (f" (not all checked: {result.unchecked})" if result.unchecked else ""))
        for finding in result.findings:
            print(f"  {finding}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
