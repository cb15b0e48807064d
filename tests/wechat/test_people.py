"""Users made by the hundred: the same ones from the same seed, whatever else goes on."""

from __future__ import annotations

import random
import re
import subprocess
import sys

from faker import Faker

from emulator.wechat.people import make

CHINESE = re.compile(r"[\u4e00-\u9fff]{2,4}")


def test_the_same_seed_makes_the_same_people() -> None:
    assert list(make(42, "user", 50)) == list(make(42, "user", 50))
    assert list(make(42, "user", 50)) != list(make(43, "user", 50))


def test_a_person_does_not_depend_on_how_many_there_are() -> None:
    assert list(make(42, "user", 200))[:50] == list(make(42, "user", 50))


def test_other_users_of_chance_change_nothing() -> None:
    before = list(make(42, "user", 5))
    Faker.seed(1)
    random.seed(1)
    Faker("zh_CN").name()
    assert list(make(42, "user", 5)) == before


def test_what_does_not_come_from_faker_stays_as_it_is() -> None:
    """Tests write these down: a change here is one for every user of a seed."""
    [first] = make(0, "user", 1)
    assert (first.name, first.gender, first.phone) == ("user1", 1, "18641512172")
    assert (first.country, first.province, first.city) == ("CN", "Guangdong", "Guangzhou")


def test_people_look_like_people() -> None:
    people = list(make(7, "buyer", 300))
    assert [person.name for person in people[:2]] == ["buyer1", "buyer2"]
    assert all(CHINESE.fullmatch(person.nickname) for person in people)
    assert all(re.fullmatch(r"1[3578]\d{9}", person.phone) for person in people)
    assert {person.gender for person in people} == {1, 2}
    assert len({person.phone for person in people}) == len(people)
    assert len({person.nickname for person in people}) > 200


def test_nobody_pays_for_faker_or_yaml_without_using_them() -> None:
    program = (
        "import sys, emulator.http.server\nprint(*sorted({'faker', 'yaml'} & set(sys.modules)))"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == ""
