"""People by the hundred: Chinese names from Faker, all else from here, every choice by the seed.

User n of a prefix is the same person in every run, however many are made: no choice depends on
another user's, on Faker's own random generator, or on Python's.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ..core.entities import User
from ..world.ids import Ids

# Province and city as WeChat wrote them: https://developers.weixin.qq.com/miniprogram/dev/api/open-api/user-info/UserInfo.html
_HOMES = (
    ("Guangdong", "Guangzhou"),
    ("Guangdong", "Shenzhen"),
    ("Zhejiang", "Hangzhou"),
    ("Zhejiang", "Ningbo"),
    ("Jiangsu", "Nanjing"),
    ("Jiangsu", "Suzhou"),
    ("Sichuan", "Chengdu"),
    ("Hubei", "Wuhan"),
    ("Hunan", "Changsha"),
    ("Fujian", "Xiamen"),
    ("Shaanxi", "Xi'an"),
    ("Shandong", "Qingdao"),
    ("Henan", "Zhengzhou"),
    ("Liaoning", "Dalian"),
    ("Yunnan", "Kunming"),
    ("Hainan", "Haikou"),
)
_PHONE_STARTS = ("135", "136", "138", "139", "150", "158", "177", "180", "186", "189")


class _Names(NamedTuple):
    """What the names are made of."""

    family: tuple[str, ...]
    given: tuple[tuple[str, ...], tuple[str, ...]]
    """Of men and of women."""


class _Draw:
    """One large number, used up choice by choice."""

    def __init__(self, number: int) -> None:
        self._left = number

    def below(self, limit: int) -> int:
        """A number from 0 on."""
        self._left, drawn = divmod(self._left, limit)
        return drawn

    def of(self, options: tuple[str, ...]) -> str:
        """One of the options."""
        return options[self.below(len(options))]


def make(seed: int, prefix: str, count: int) -> Iterator[User]:
    """The users prefix1, prefix2 … of a seed."""
    names, ids = _names(), Ids(seed, "")
    for n in range(1, count + 1):
        yield _person(f"{prefix}{n}", _Draw(ids.number(f"person {prefix}", n)), names)


def _person(name: str, draw: _Draw, names: _Names) -> User:
    woman = draw.below(2)
    province, city = _HOMES[draw.below(len(_HOMES))]
    return User(
        name,
        nickname=draw.of(names.family) + draw.of(names.given[woman]),
        gender=2 if woman else 1,
        city=city,
        province=province,
        country="CN",
        phone=f"{draw.of(_PHONE_STARTS)}{draw.below(10**8):08}",
    )


def _names() -> _Names:
    # Faker takes longer to import than a scenario to load, so whoever makes nobody does without.
    from faker.providers.person.zh_CN import Provider

    men, women = Provider.first_names_male, Provider.first_names_female
    return _Names(tuple(Provider.last_names), (tuple(men), tuple(women)))
