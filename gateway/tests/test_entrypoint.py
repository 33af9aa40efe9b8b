"""nginx and the watcher as processes: in a container together, natively under a process manager."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from gateway_harness import HERE, Gateway, Make, Reply, Stub, eventually


@pytest.fixture
def running(tmp_path: Path, stubs: dict[str, Stub]) -> Iterator[tuple[Gateway, subprocess.Popen[bytes]]]:
    made = Gateway(tmp_path, stubs)
    (made.static / "docs").mkdir(parents=True)
    made.spawn(str(HERE / "entrypoint.sh"))
    made.wait()
    yield made, made.processes[0]
    made.stop()


def children(process: subprocess.Popen[bytes], name: str) -> list[int]:
    found = []
    for pid in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split():
        # Its pauses are processes too, which end at any moment.
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            if name in Path(f"/proc/{pid}/cmdline").read_text():
                found.append(int(pid))
    return found


@pytest.mark.parametrize("told", [signal.SIGQUIT, signal.SIGTERM])
def test_told_to_stop_it_finishes_what_is_in_hand(
    running: tuple[Gateway, subprocess.Popen[bytes]], stubs: dict[str, Stub], told: signal.Signals
) -> None:
    made, process = running

    def tell_and_answer(_request: object) -> Reply:
        process.send_signal(told)
        return Reply(body=b"done", pause=1.5)

    stubs["booking"].answer = tell_and_answer
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(httpx.post, f"{made.url}/api/bookings/", timeout=10, trust_env=False).result()
    assert (answer.status_code, answer.text) == (200, "done")
    assert process.wait(30) == 0


@pytest.mark.parametrize("part", ["nginx: master", "upstreams.sh"])
def test_it_fails_as_a_whole_when_a_part_dies(running: tuple[Gateway, subprocess.Popen[bytes]], part: str) -> None:
    _made, process = running
    # nginx answers before the watcher has been started.
    eventually("both parts run", lambda: all(children(process, name) for name in ("nginx: master", "upstreams.sh")))
    (pid,) = children(process, part)
    (nginx,) = children(process, "nginx: master")
    os.kill(pid, signal.SIGKILL)
    try:
        assert process.wait(30) == 1
        assert not Path(f"/proc/{nginx}").exists()
    finally:
        # In a container they would have ended with its first process.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def test_a_killed_nginx_is_replaced_although_its_workers_live(make_gateway: Make) -> None:
    made = make_gateway()
    master = made.processes.pop()
    orphans = made.workers(master.pid)
    master.kill()
    master.wait()
    with made.client() as client:
        # They go on serving, and would for ever: nobody tells them about new replicas.
        assert client.get("/api/bookings/").status_code == 200
    assert all(Path(f"/proc/{pid}").exists() for pid in orphans)
    made.serve()
    eventually("the old workers are gone", lambda: not any(Path(f"/proc/{pid}").exists() for pid in orphans))
    made.wait()
    assert made.workers().isdisjoint(orphans)
    with made.client() as client:
        assert client.get("/api/bookings/").status_code == 200


def test_a_setting_that_is_refused_ends_it_with_the_reason(tmp_path: Path) -> None:
    made = Gateway(tmp_path, None, RATE_LIMIT="fast")
    done = made.script("entrypoint.sh")
    assert done.returncode == 2
    assert "RATE_LIMIT" in done.stderr
