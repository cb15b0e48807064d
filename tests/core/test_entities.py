"""How long what has ended is kept: a hint can say when that was, and the right errcode comes."""

from __future__ import annotations

import pytest

from emulator.core.entities import AccessToken, Code, Entity, SealedData, User

DROPPED: list[tuple[Entity, float | None]] = [
    (Code("x", "wx", "alice", 100.0, 400.0), 700.0),
    (Code("of a second", "wx", "alice", 100.0, 101.0), 161.0),
    (Code("without end", "wx", "alice", 100.0), None),
    (AccessToken("x", "wx", 100.0, 7300.0), 14500.0),
    (AccessToken("of a second", "wx", 100.0, 101.0), 161.0),
    (SealedData("x", 100.0), 100.0 + 3 * 86400),
    (User("alice"), None),
]


@pytest.mark.parametrize(("entity", "at"), DROPPED)
def test_it_is_kept_for_one_lifetime_after_its_end_and_at_least_a_minute(
    entity: Entity, at: float | None
) -> None:
    assert entity.drop_at == at
