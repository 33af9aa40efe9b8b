"""Everybody who asks; made once, because disabling an account and knowing of it everywhere takes a moment."""

from collections.abc import AsyncIterator

import pytest

from tests.e2e.conftest import People
from tests.e2e.security.cast import Cast


@pytest.fixture(scope="session")
async def cast(gateway_url: str) -> AsyncIterator[Cast]:
    people = People(gateway_url)
    made = Cast(people, gateway_url)
    await made.assemble()
    yield made
    for client in people.clients:
        await client.aclose()
