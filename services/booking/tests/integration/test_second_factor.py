"""Where admins must have a second factor, booking asks for it as well."""

from typing import Any

from services.booking.tests.conftest import running

from shared.testing.refusals import refusals


async def test_an_admin_without_one_is_a_user_who_is_told_why(api: Any, tokens: Any, catalog: Any) -> None:
    async with running(api.test_database, tokens, catalog, require_admin_second_factor=True) as strict:
        user, weak = strict.person("user"), strict.person("admin", amr=["pwd"])
        closed = await refusals(strict.app, user.client, "/api/")
        assert set(closed.values()) == {"forbidden"}
        assert {place.split("/")[2] for _, place in closed} >= {"admin", "bookings"}
        assert await refusals(strict.app, weak.client, "/api/") == dict.fromkeys(closed, "second_factor_required")
        strong = strict.person("admin", amr=["pwd", "otp", "mfa"])
        assert (await strong.client.get("/api/admin/booking/audit/")).status_code == 200
