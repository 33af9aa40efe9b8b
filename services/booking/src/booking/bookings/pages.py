"""A page of a list of bookings, in a bounded time whatever it is filtered and ordered by.

The planner takes filters and orderings for independent of each other. They are not (all bookings of a session cost the
same, January's are for February), and in search of the first of them it would walk an ordering's index to its end.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import BinaryExpression, ColumnElement, Result, Row, Select, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from booking.bookings import repository
from booking.bookings.models import Booking
from shared import ordering as by
from shared.ordering import Orderings
from shared.pagination import COUNT_CAP, Page

# Bookings: a page is soon full or it is quicker to sort all that there are.
_STRETCH = 20_000
# How many there are of what is asked for differs by far: no plan is good for all values.
_PLAN_FOR_VALUES = text("SET LOCAL plan_cache_mode = force_custom_plan")


async def find(
    db: AsyncSession, filters: Sequence[ColumnElement[bool]], orderings: Orderings, ordering: str, page: Page
) -> tuple[Sequence[Row[Any]], int]:
    """One page and a row more, if there is one, with what the cursor needs; and how many there are, as `count` does."""
    walk = orderings.order(select(*orderings.keys(ordering)).select_from(Booking).where(*filters), ordering, page)
    if not filters:
        return await _read(db, walk, ordering), await repository.count(db, filters)
    await db.execute(_PLAN_FOR_VALUES)
    total = await repository.count(db, filters)
    if total > COUNT_CAP:
        rows = await _read(db, await _within_stretch(db, walk, filters, orderings, ordering, page), ordering)
        if len(rows) > page.size:
            return rows, total
    return (await _read(db, _sorted(filters, orderings, ordering, page), ordering) if total else []), total


async def _within_stretch(
    db: AsyncSession,
    walk: Select[Any],
    filters: Sequence[ColumnElement[bool]],
    orderings: Orderings,
    ordering: str,
    page: Page,
) -> Select[Any]:
    """The walk, but not beyond the next bookings in this order, from where a filter lets it begin."""
    keys = orderings.keys(ordering)
    ends = [each for each in filters if isinstance(each, BinaryExpression) and each.left.compare(keys[0].element)]
    following = orderings.order(select(*keys).select_from(Booking).where(*ends), ordering, page)
    end = (await db.execute(following.offset(page.offset + _STRETCH).limit(1))).one_or_none()
    if end is None:
        return walk
    here, there = tuple_(*(key.element for key in keys)), tuple_(*end)
    return walk.where(here >= there if ordering.startswith("-") else here <= there)


def _sorted(filters: Sequence[ColumnElement[bool]], orderings: Orderings, ordering: str, page: Page) -> Select[Any]:
    """What the filters leave, found by them alone: through OFFSET the planner doesn't see what it is for."""
    left = select(*orderings.keys(ordering)).select_from(Booking).where(*filters).offset(0).subquery()
    columns = {name: (left.c[by.KEY], parse) for name, (_, parse) in orderings.columns.items()}
    own = replace(orderings, id=left.c[by.ID], columns=columns)
    return own.order(select(*own.keys(ordering)), ordering, page)


async def _read(db: AsyncSession, chosen: Select[Any], ordering: str) -> Sequence[Row[Any]]:
    """The bookings; what is shown beside them is looked up for these alone."""
    place = chosen.subquery()
    order = (place.c[by.KEY], place.c[by.ID])
    statement = repository.shown().add_columns(*place.c).join(place, place.c[by.ID] == Booking.id)
    statement = statement.order_by(*(column.desc() if ordering.startswith("-") else column for column in order))
    found: Result[Any] = await db.execute(statement)
    return found.all()
