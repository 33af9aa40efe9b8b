"""A steady mixed load by well-behaved clients, through the gateway."""

import asyncio
import contextlib
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import httpx

from tests.resilience.journal import OUTAGE, Booked, Journal

PASSWORD = "correct-horse-battery-9"
PATIENCE = 300.0  # seconds for which a client repeats what got no answer
SLOTS = 24 * 365
_EXPECTED = frozenset({200, 201, 204, 304, 400, 404, 409})


@dataclass
class Member:
    """Somebody with an account."""

    id: str
    email: str
    role: str
    token: str
    sessions: list[str] = field(default_factory=list)
    bookings: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Plan:
    """How the load is made up: weights of what people do, and how crowded the starts are that they want."""

    weights: dict[str, float]
    hot: float = 0.5  # how many of the bookings want one of a few starts
    hot_slots: int = 40

    @classmethod
    def mixed(cls) -> "Plan":
        return cls({
            "browse": 45, "look": 15, "book": 22, "cancel": 5, "own": 5, "stats": 4,
            "edit": 2, "offer": 1, "withdraw": 0.4, "join": 0.6,
        })  # fmt: skip

    @classmethod
    def rush(cls) -> "Plan":
        """Many buyers at once who all want the same few seats."""
        return cls({"rush": 20, "cancel": 5, "look": 75})


class Crowd:
    """The clients, their journal, and what they do."""

    def __init__(self, url: str, seed: int, plan: Plan, *, fresh_connections: bool = False) -> None:
        self.journal = Journal()
        self.chance = random.Random(seed)
        self._plan = plan
        self._client = httpx.AsyncClient(
            base_url=url, timeout=20, trust_env=False,
            # One that is kept may be closed by a reloading gateway in the very moment in which it is used.
            headers={"Connection": "close"} if fresh_connections else {},
            limits=httpx.Limits(max_connections=64, max_keepalive_connections=32, keepalive_expiry=5),
        )  # fmt: skip
        self.people: list[Member] = []
        self.creators: list[Member] = []
        self._owner: dict[str, Member] = {}
        self._busy: set[str] = set()  # sessions somebody changes right now: their last answer is what must hold
        self._first = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(days=2)
        self._actions: dict[str, Callable[[], Awaitable[None]]] = {
            "browse": self._browse, "look": self._look, "book": self._book, "cancel": self._cancel,
            "own": self._own, "stats": self._stats, "edit": self._edit, "offer": self._offer,
            "withdraw": self._withdraw, "join": self._join, "rush": self._rush,
        }  # fmt: skip

    async def close(self) -> None:
        await self._client.aclose()

    async def settle(self, *, creators: int, buyers: int, sessions: int) -> None:
        """People and sessions to begin with."""
        for number in range(creators + buyers):
            await self._join("creator" if number < creators else "user")
        for number in range(sessions):
            await self._offer(self.creators[number % creators])

    async def run(self, rate: float, stop: asyncio.Event) -> None:
        """So many requests a second, for as long as it isn't stopped; returns when all have their answers."""
        names, weights = list(self._plan.weights), list(self._plan.weights.values())
        places = asyncio.Semaphore(256)
        going: set[asyncio.Task[None]] = set()
        due = time.monotonic()

        async def one(action: Callable[[], Awaitable[None]]) -> None:
            async with places:
                await action()

        while not stop.is_set():
            # Late ones are caught up with, but not those of a whole outage.
            due = max(due + 1 / rate, time.monotonic() - 1)
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            if len(going) < 512:
                task = asyncio.create_task(one(self._actions[self.chance.choices(names, weights)[0]]))
                going.add(task)
                task.add_done_callback(going.discard)
        for result in await asyncio.gather(*going, return_exceptions=True):
            if isinstance(result, BaseException):
                self.journal.unexpected.append(repr(result))

    # --- asking

    async def _ask(
        self, who: Member | None, method: str, path: str, body: Any = None, *, key: str | None = None
    ) -> tuple[httpx.Response | None, bool]:
        """Repeat until there is an answer; also whether an earlier attempt may have had its effect already."""
        end, pause, uncertain, last = time.monotonic() + PATIENCE, 0.1, False, ""
        label = f"{method} {path if len(path) < 40 else path.rsplit('/', 2)[0] + '/…'}"
        while time.monotonic() < end:
            headers = {} if key is None else {"Idempotency-Key": key}
            if who is not None:
                headers["Authorization"] = f"Bearer {who.token}"
            try:
                answer = await self._client.request(method, path, json=body, headers=headers)
            except httpx.TransportError as error:
                last = f"{label}: {error!r}"
                self.journal.broken.append(last)
                uncertain = True
            else:
                last = f"{label}: {answer.status_code} {answer.text[:200]}"
                self.journal.answered(answer.status_code)
                if answer.status_code == 401 and who is not None:
                    await self._log_in(who)
                elif answer.status_code in OUTAGE or (
                    answer.status_code == 409 and answer.json()["code"] == "in_progress"
                ):
                    uncertain = True
                elif answer.status_code >= 500 or answer.status_code not in _EXPECTED:
                    self.journal.unexpected.append(last)
                    uncertain = True
                else:
                    return answer, uncertain
            await asyncio.sleep(pause * self.chance.uniform(0.5, 1.5))
            pause = min(pause * 2, 1.0)
        self.journal.given_up.append(last)
        return None, True

    async def _log_in(self, who: Member) -> None:
        answer, _ = await self._ask(None, "POST", "/api/auth/login/", {"email": who.email, "password": PASSWORD})
        if answer is not None and answer.status_code == 200:
            who.token = answer.json()["access"]

    # --- what people do

    async def _join(self, role: str | None = None) -> None:
        role = role or self.chance.choice(["user", "user", "creator"])
        name = f"{role}-{uuid4().hex[:12]}"
        body = {"email": f"{name}@example.com", "username": name, "password": PASSWORD, "role": role}
        answer, uncertain = await self._ask(None, "POST", "/api/auth/register/", body)
        if answer is None or (answer.status_code == 400 and not uncertain):
            self.journal.unexpected.append(f"register: {answer and answer.text}")
            return
        login, _ = await self._ask(None, "POST", "/api/auth/login/", {"email": body["email"], "password": PASSWORD})
        if login is None or login.status_code != 200:
            self.journal.unexpected.append(f"nobody can log in who was told of an account: {login and login.text}")
            return
        known = login.json()
        member = Member(known["user"]["id"], body["email"], role, known["access"])
        self.journal.users[member.id] = name
        (self.creators if role == "creator" else self.people).append(member)

    async def _offer(self, creator: Member | None = None) -> None:
        creator = creator or self.chance.choice(self.creators)
        body = {
            "title": f"Session {uuid4().hex[:8]}",
            "description": "What it is about.",
            "duration": self.chance.choice([30, 60, 90]),
            "price": f"{self.chance.randint(0, 20000) / 100:.2f}",
            "max_participants": self.chance.choice([1, 2, 3, 5]),
        }
        answer, _ = await self._ask(creator, "POST", "/api/sessions/", body, key=uuid4().hex)
        if answer is not None and answer.status_code == 201:
            session = answer.json()
            self.journal.sessions[session["id"]] = session
            self._owner[session["id"]] = creator
            creator.sessions.append(session["id"])
        elif answer is not None:
            self.journal.unexpected.append(f"a session wasn't taken: {answer.text[:200]}")

    def _some_session(self) -> str | None:
        open_ones = [name for name in self._owner if name not in self.journal.deleting]
        return self.chance.choice(open_ones) if open_ones else None

    async def _browse(self) -> None:
        await self._ask(None, "GET", f"/api/sessions/?page={self.chance.randint(1, 3)}")

    async def _look(self) -> None:
        session = self._some_session()
        if session:
            await self._ask(None, "GET", f"/api/sessions/{session}/")

    async def _own(self) -> None:
        await self._ask(self.chance.choice(self.people), "GET", "/api/bookings/my_bookings/")

    async def _stats(self) -> None:
        await self._ask(self.chance.choice(self.creators), "GET", "/api/bookings/creator_stats/")

    async def _book(self) -> None:
        session = self._some_session()
        if session is not None:
            slots = self._plan.hot_slots if self.chance.random() < self._plan.hot else SLOTS
            await self._take(self.chance.choice(self.people), session, self.chance.randrange(slots))

    async def _rush(self) -> None:
        session, slot = self._some_session(), self.chance.randrange(SLOTS)
        if session is not None:
            await asyncio.gather(*(self._take(user, session, slot) for user in self.chance.sample(self.people, 16)))

    async def _take(self, user: Member, session: str, slot: int) -> None:
        start, key = (self._first + timedelta(hours=slot)).isoformat(), uuid4().hex
        self.journal.keys.add(key)
        answer, _ = await self._ask(
            user, "POST", "/api/bookings/", {"session": session, "booking_date": start}, key=key
        )
        if answer is None:
            return
        found = answer.json()
        if answer.status_code == 201:
            self.journal.booked.append(Booked(found["id"], key, user.id, session, start, Decimal(found["amount"])))
            user.bookings.append(found["id"])
        else:
            self.journal.refusals[found["code"]] += 1
        if self.chance.random() < 0.05:
            await self._repeat(user, session, start, key, answer)

    async def _repeat(self, user: Member, session: str, start: str, key: str, first: httpx.Response) -> None:
        """A client that forgot that it had its answer."""
        again, _ = await self._ask(user, "POST", "/api/bookings/", {"session": session, "booking_date": start}, key=key)
        if again is not None and again.status_code == 201:
            found = again.json()
            self.journal.booked.append(Booked(found["id"], key, user.id, session, start, Decimal(found["amount"])))
        if again is not None and again.status_code != first.status_code:
            self.journal.unexpected.append(f"a repeat got {again.status_code} after {first.status_code}")

    async def _cancel(self) -> None:
        user = self.chance.choice(self.people)
        if not user.bookings:
            return
        booking = user.bookings.pop(self.chance.randrange(len(user.bookings)))
        answer, uncertain = await self._ask(
            user, "PATCH", f"/api/bookings/{booking}/", {"status": "cancelled"}, key=uuid4().hex
        )
        if answer is None:
            return
        code = "" if answer.status_code == 200 else answer.json()["code"]
        if code in ("", "already_cancelled"):
            # Without an uncertain attempt before: its session was deleted meanwhile.
            self.journal.cancelled.add(booking)
        else:
            self.journal.unexpected.append(f"cancel: {answer.status_code} {code} (repeated: {uncertain})")

    async def _edit(self) -> None:
        async with self._changing() as session:
            if session is None:
                return
            before = self.journal.sessions[session]
            body = {
                "price": f"{self.chance.randint(0, 20000) / 100:.2f}",
                "title": f"Session {uuid4().hex[:8]}",
                # Only more: with less, those who have their seats keep them, and more than the capacity is right.
                "max_participants": before["max_participants"] + self.chance.choice([0, 0, 1]),
            }
            answer, _ = await self._ask(
                self._owner[session], "PATCH", f"/api/sessions/{session}/", body, key=uuid4().hex
            )
            if answer is not None and answer.status_code == 200:
                self.journal.sessions[session] = answer.json()
            elif answer is not None:
                self.journal.unexpected.append(f"edit: {answer.status_code} {answer.text[:200]}")

    async def _withdraw(self) -> None:
        async with self._changing() as session:
            if session is None or len(self._owner) - len(self.journal.deleting) < 5:
                return
            self.journal.deleting.add(session)
            answer, uncertain = await self._ask(
                self._owner[session], "DELETE", f"/api/sessions/{session}/", key=uuid4().hex
            )
            if answer is not None and (answer.status_code == 204 or (answer.status_code == 404 and uncertain)):
                self.journal.deleted.add(session)
            elif answer is not None:
                self.journal.unexpected.append(f"delete: {answer.status_code} {answer.text[:200]}")

    @contextlib.asynccontextmanager
    async def _changing(self) -> Any:
        session = self._some_session()
        if session is None or session in self._busy:
            yield None
            return
        self._busy.add(session)
        try:
            yield session
        finally:
            self._busy.discard(session)
