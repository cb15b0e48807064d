"""Makes many users: Chinese names from Faker, everything else from the lists here, all by the seed.

User n of a prefix is the same in every run, however many are made. So no choice depends on another
user, nor on the random generator of Faker or of Python.
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
    """Family names, and given names of men and of women."""

    family: tuple[str, ...]
    given: tuple[tuple[str, ...], tuple[str, ...]]
    """Of men and of women."""


class _Draw:
    """Choices from one large random number; each choice uses up a part of it."""

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
    # Importing Faker takes longer than loading a scenario, so only `generate` imports it.
    from faker.providers.person.zh_CN import Provider

    men, women = Provider.first_names_male, Provider.first_names_female
    return _Names(tuple(Provider.last_names), (tuple(men), tuple(women)))
