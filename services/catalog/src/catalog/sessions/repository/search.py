"""Finding sessions by words: PostgreSQL's full-text search, and for typos its trigrams.

Only the newest BOUND matches are ranked, so that a common word costs no more than a rare one; the others follow,
newest first. Where few match exactly, similar ones are added after them.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from catalog.base import Connection
from catalog.sessions.repository.cards import Where

BOUND = 1000
FEW = 10
_SIMILAR_AT_MOST = 200

# Both dictionaries: `english` finds programs for programming, `simple` keeps names and words that English drops.
_EXACT = "(websearch_to_tsquery('english', unaccent(%(q)s)) || websearch_to_tsquery('simple', unaccent(%(q)s)))"
# While somebody types, the last word is the start of one (a query's text ends with a quote if its end is a
# word). Written out as one expression of stable functions, so that the planner sees how common the words are.
_SIMPLE = "websearch_to_tsquery('simple', unaccent(%(q)s))::text"
_TYPING = f"""({_EXACT} || CASE WHEN {_SIMPLE} LIKE '%%'''
    THEN ({_SIMPLE} || ':*')::tsquery ELSE ''::tsquery END)"""
# With a word excluded the dictionaries would let it back in by the other's door.
_EXCLUDING = "websearch_to_tsquery('english', unaccent(%(q)s))"

# MATERIALIZED: by the index of words. The planner would rather walk along the index of dates until it has met enough
# matches, not knowing what it costs to unpack the words of each row on the way.
_FIND = """
    WITH matching AS MATERIALIZED (
        SELECT session_id, created_at FROM session_cards WHERE {where}
    ), newest AS MATERIALIZED (
        SELECT session_id, created_at FROM matching ORDER BY created_at DESC, session_id DESC LIMIT {bound}
    )
    SELECT session_id, 1 + ts_rank('{{0.05, 0.1, 0.4, 1.0}}', words, {query}) AS score, created_at
    FROM newest JOIN session_cards USING (session_id, created_at)
"""
_PLAIN = "SELECT lower(unaccent(%s))"
_SIMILAR = """
    SELECT session_id, score, created_at FROM (
        SELECT session_id, created_at, greatest(
            word_similarity(%(plain)s, names),
            CASE WHEN words @@ %(swapped)s::tsquery THEN 0.9 ELSE 0 END
        ) AS score
        FROM session_cards
        WHERE {where} AND session_id <> ALL (%(found)s)
            AND (%(plain)s <%% names OR words @@ %(swapped)s::tsquery)
        LIMIT {candidates}
    ) AS alike
    ORDER BY score DESC, created_at DESC, session_id LIMIT {limit}
"""


@dataclass(frozen=True, slots=True)
class Hit:
    score: float
    id: UUID
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Hits:
    """The best matches, best first. Unless `complete`, older ones match too: those of `where`."""

    ranked: list[Hit]
    complete: bool
    where: Where


async def find(connection: Connection, where: Where, words: str) -> Hits:
    """What matches the words, within the other conditions."""
    query = _query(words)
    matching = where.narrowed(f"words @@ {query}", q=words)
    statement = _FIND.format(query=query, where=matching.sql, bound=BOUND)
    # Never a prepared statement's generic plan: the right one depends on how common the words are.
    cursor = await connection.cursor(binary=True).execute(statement, matching.values, prepare=False)
    hits = [Hit(float(score), session_id, created_at) for session_id, score, created_at in await cursor.fetchall()]
    complete = len(hits) < BOUND
    if len(hits) < FEW and not _excludes(words):
        hits += await _similar(connection, where, words, [hit.id for hit in hits])
    hits.sort(key=lambda hit: (hit.score, hit.id), reverse=True)
    return Hits(hits, complete, matching)


async def _similar(connection: Connection, where: Where, words: str, found: list[UUID]) -> list[Hit]:
    # Short words have few trigrams: half of them in common says little.
    threshold = 0.65 if len(words.strip()) < 5 else 0.42
    async with connection.transaction():
        cursor = await connection.execute(_PLAIN, (words,))
        [plain] = await cursor.fetchone() or [""]
        values: dict[str, Any] = {**where.values, "plain": plain, "found": found, "swapped": _swapped(plain)}
        await connection.execute(f"SET LOCAL pg_trgm.word_similarity_threshold = {threshold}")
        statement = _SIMILAR.format(where=where.sql, candidates=BOUND, limit=_SIMILAR_AT_MOST)
        cursor = await connection.cursor(binary=True).execute(statement, values, prepare=False)
        return [Hit(float(score), session_id, created_at) for session_id, score, created_at in await cursor.fetchall()]


def _excludes(words: str) -> bool:
    return re.search(r"(?:^|\s)-\S", words) is not None


def _query(words: str) -> str:
    if _excludes(words):
        return _EXCLUDING
    last = re.search(r"\w+$", words.strip())
    return _TYPING if last and len(last[0]) >= 3 else _EXACT


def _swapped(plain: str) -> str:
    """A tsquery of the words with any two neighbouring letters swapped: the typo that trigrams see worst.

    The words come without accents: `unaccent` makes apostrophes and backslashes of some letters, which must not stand
    between our quotes. What is taken here is letters and digits alone.
    """
    groups = []
    for word in re.findall(r"[^\W_]{4,30}", plain)[:6]:
        swaps = {word[:i] + word[i + 1] + word[i] + word[i + 2 :] for i in range(len(word) - 1)} | {word}
        groups.append("(" + " | ".join(f"'{swap}'" for swap in sorted(swaps)) + ")")
    return " & ".join(groups)
