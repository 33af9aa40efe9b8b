"""Every operation with what fits its description, and with much that doesn't, as everybody: no error of ours, and no
answer that isn't documented.

Bounded here; `make fuzz` takes FUZZ_EXAMPLES and FUZZ_SECONDS as large as one likes, and another FUZZ_SEED.
"""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from tests.e2e.conftest import PASSWORD, admin_of
from tests.e2e.security.cast import Cast

HERE = Path(__file__).parent
LONG = "FUZZ_SECONDS" in os.environ
EXAMPLES = os.environ.get("FUZZ_EXAMPLES", "5")
SECONDS = int(os.environ.get("FUZZ_SECONDS", "20"))
SEED = os.environ.get("FUZZ_SEED", "1")
# In a short run each has another part of the work; in a long one everybody has all of it.
PHASES = {
    "visitor": "examples,coverage",
    "user": "fuzzing",
    "creator": "stateful",
    "admin": "examples,coverage,fuzzing,stateful",
}

# The token is fetched by a login, and again when it was refused: logging out everywhere is an operation, too.
LOGIN = """
[auth.dynamic.openapi.bearer]
path = "/api/auth/login/"
payload = {{ email = "{email}", password = "{password}" }}
extract_selector = "/access"
"""


async def config(cast: Cast, role: str, folder: Path) -> Path:
    text = (HERE / "schemathesis.toml").read_text()
    if role != "visitor":
        person = await (admin_of(cast.people) if role == "admin" else cast.people.join(role))
        text += LOGIN.format(email=person.email, password=PASSWORD)
    path = folder / "schemathesis.toml"
    path.write_text(text)
    return path


@pytest.mark.timeout(2 * SECONDS + 60)
@pytest.mark.parametrize("role", PHASES)
async def test_every_answer_is_a_documented_one(cast: Cast, tmp_path: Path, role: str) -> None:
    settings = await config(cast, role, tmp_path)
    process = await asyncio.create_subprocess_exec(
        Path(sys.executable).with_name("schemathesis"), "--config-file", settings,
        "run", f"{cast.gateway}/api/openapi.json", "--url", cast.gateway,
        "--phases", PHASES["admin" if LONG else role], "--max-examples", EXAMPLES, "--max-time", str(SECONDS),
        *(("--seed", SEED) if LONG else ("--generation-deterministic",)),
        cwd=tmp_path, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()
