"""Who the thirty patients are: who fills which place is chance, the places are not."""

from __future__ import annotations

import random
import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from portico_ops.sandbox.practice.chance import chance_for
from portico_ops.sandbox.practice.record import Language, Sex


@dataclass(frozen=True, kw_only=True)
class Place:
    """One of the practice's patients before chance gives them a name: age in years, illnesses.

    `seen_days_ago` adds a follow-up visit so many days ago.
    """

    age: int
    sex: Sex
    language: Language
    illnesses: tuple[str, ...] = ()
    provider_key: str = "okafor"
    account: Literal["active", "invited", "none"] = "active"
    seen_days_ago: int | None = None


@dataclass(frozen=True, kw_only=True)
class Person:
    """A place with a name, a birth date and ways to be reached."""

    key: str
    mrn: str
    given: str
    family: str
    birth_date: date
    phone: str
    email: str | None
    street: str
    place: Place


def _place(
    age: int, sex: Sex, language: Language, *illnesses: str, by: str = "okafor",
    account: Literal["active", "invited", "none"] = "active", seen_days_ago: int | None = None,
) -> Place:  # fmt: skip
    return Place(age=age, sex=sex, language=language, illnesses=illnesses, provider_key=by,
                 account=account, seen_days_ago=seen_days_ago)  # fmt: skip


MARIA = _place(58, "female", "en", "hypertension", "prediabetes", "hyperlipidemia",
               seen_days_ago=41)  # fmt: skip
ELENA = _place(85, "female", "es", "hypertension", "osteoarthritis", "hypothyroidism",
               "heart_failure")  # fmt: skip

PLACES = (
    _place(2, "female", "es", "otitis", account="none", by="park"),
    _place(4, "male", "en", "eczema", account="none", by="park"),
    _place(7, "male", "es", "asthma", account="none", by="park"),
    _place(9, "female", "en", "strep_throat", account="none", by="park"),
    _place(13, "male", "en", "rhinitis", account="none", by="park"),
    _place(16, "female", "en", "anxiety", account="none", by="park"),
    _place(19, "male", "en", "sprained_ankle", by="park"),
    _place(23, "female", "es", "iron_deficiency", by="park"),
    _place(26, "male", "en", "anxiety", by="adeyemi", account="invited"),
    _place(29, "female", "en", "urinary_infection", "rhinitis", by="park"),
    _place(32, "female", "es", "hypothyroidism", by="okafor"),
    _place(35, "male", "en", "reflux", by="adeyemi"),
    _place(38, "female", "en", "depression", "vitamin_d_deficiency", by="okafor"),
    _place(41, "male", "es", "type_2_diabetes", "hyperlipidemia", by="okafor"),
    _place(44, "male", "en", "hypertension", by="adeyemi"),
    _place(47, "female", "en", "prediabetes", "reflux", by="park"),
    _place(50, "female", "es", "type_2_diabetes", "hypertension", by="okafor"),
    _place(53, "male", "en", "hyperlipidemia", "sinusitis", by="adeyemi", account="invited"),
    _place(55, "female", "en", "osteoarthritis", "depression", by="okafor"),
    _place(60, "male", "en", "type_2_diabetes", "hypertension", "hyperlipidemia", by="adeyemi"),
    _place(63, "male", "es", "hypertension", "reflux", by="okafor", account="none"),
    _place(66, "female", "en", "hypothyroidism", "hyperlipidemia", by="okafor"),
    _place(69, "male", "en", "atrial_fibrillation", "hypertension", by="adeyemi"),
    _place(72, "female", "es", "type_2_diabetes", "kidney_disease", by="okafor"),
    _place(75, "male", "en", "kidney_disease", "hypertension", "hyperlipidemia", by="okafor"),
    _place(79, "female", "en", "osteoarthritis", "vitamin_d_deficiency", by="park",
           account="none"),
    _place(83, "male", "en", "pneumonia", "atrial_fibrillation", by="adeyemi", account="invited"),
    _place(90, "female", "en", "heart_failure", "hypertension", by="okafor", account="none"),
)  # fmt: skip

GIVEN_EN = {
    "female": ("Abigail", "Beth", "Carol", "Denise", "Emily", "Frances", "Grace", "Hannah",
               "Irene", "Joan", "Katherine", "Laura", "Megan", "Nora", "Olivia", "Priya",
               "Rose", "Sarah", "Tamika", "Wendy"),
    "male": ("Aaron", "Brian", "Calvin", "David", "Ethan", "Frank", "George", "Henry", "Isaac",
             "James", "Kevin", "Liam", "Marcus", "Nathan", "Owen", "Peter", "Raj", "Samir",
             "Thomas", "William"),
}  # fmt: skip
GIVEN_ES = {
    "female": ("Alejandra", "Beatriz", "Camila", "Dolores", "Guadalupe", "Inés", "Lucía",
               "Marisol", "Pilar", "Sofía", "Teresa", "Valentina"),
    "male": ("Andrés", "Benjamín", "Diego", "Esteban", "Héctor", "Joaquín", "Luis", "Mateo",
             "Óscar", "Rafael", "Tomás", "Víctor"),
}  # fmt: skip
FAMILY_EN = (
    "Abbott", "Bennett", "Campbell", "Dawson", "Ellis", "Foster", "Goldberg", "Hughes",
    "Iyer", "Jackson", "Kowalski", "Lawson", "Mitchell", "Nguyen", "O'Brien", "Parker",
    "Quinn", "Robinson", "Schmidt", "Turner", "Vaughn", "Washington", "Young", "Zimmerman",
)  # fmt: skip
FAMILY_ES = (
    "Aguilar", "Benítez", "Castillo", "Domínguez", "Escobar", "Fuentes", "Guzmán", "Herrera",
    "Jiménez", "Luna", "Morales", "Núñez", "Ortega", "Peña", "Quiroga", "Rosales",
)  # fmt: skip
STREETS = ("Maple Avenue", "Oak Lane", "Cedar Court", "Willow Street", "River Road", "Elm Street",
           "Orchard Road", "Hill Street", "Main Street", "Park Place")  # fmt: skip


def make_people(*, seed: int, today: date) -> tuple[Person, ...]:
    """Maria and Elena Reyes, then one person for each place; no two share a name or a phone."""
    chance = chance_for(seed, "people")
    names = _names(chance)
    others = [
        _person(chance, number, place, *names.pop(), today=today)
        for number, place in zip(range(2, 2 + len(PLACES)), reversed(PLACES), strict=True)
    ]
    return (*_reyes(chance), *others)


def _reyes(chance: random.Random) -> tuple[Person, Person]:
    street = f"{chance.randint(2, 98)} Maple Avenue"
    maria = Person(key="maria-reyes", mrn="204-118", given="Maria", family="Reyes",
                   birth_date=date(1968, 3, 4), phone=_phone(0), street=street,
                   email="maria@cedargrove.example", place=MARIA)  # fmt: skip
    elena = Person(key="elena-reyes", mrn="204-119", given="Elena", family="Reyes",
                   birth_date=date(1941, 8, 19), phone=_phone(1), street=street,
                   email="elena@cedargrove.example", place=ELENA)  # fmt: skip
    return maria, elena


def _names(chance: random.Random) -> list[tuple[str, str]]:
    """A name for each place, in the places' own order, none twice."""
    given = {(sex, language): chance.sample(names, len(names))
             for language, both in (("en", GIVEN_EN), ("es", GIVEN_ES))
             for sex, names in both.items()}  # fmt: skip
    family = {"en": chance.sample(FAMILY_EN, len(FAMILY_EN)),
              "es": chance.sample(FAMILY_ES, len(FAMILY_ES))}  # fmt: skip
    return [
        (given[place.sex, place.language].pop(), family[place.language].pop()) for place in PLACES
    ]


def _person(
    chance: random.Random, number: int, place: Place, given: str, family: str, *, today: date
) -> Person:
    key = _plain(f"{given}-{family}")
    has_email = place.account != "none" or (place.age >= 18 and chance.random() < 0.3)
    return Person(
        key=key,
        mrn=f"{chance.randint(205, 989)}-{number:03d}",
        given=given,
        family=family,
        birth_date=_birth_date(chance, age=place.age, today=today),
        phone=_phone(number),
        email=f"{_plain(given)}.{_plain(family)}@cedargrove.example" if has_email else None,
        street=f"{chance.randint(2, 398)} {chance.choice(STREETS)}",
        place=place,
    )


def _birth_date(chance: random.Random, *, age: int, today: date) -> date:
    """A day that makes the person `age` full years old today."""
    latest = date(today.year - age, today.month, min(today.day, 28))
    return latest - timedelta(days=chance.randint(5, 350))


def _phone(number: int) -> str:
    return f"(555) 01{number % 9 + 1}-{1000 + number * 137 % 9000:04d}"


def _plain(name: str) -> str:
    """Lower case letters and hyphens only, for keys and addresses."""
    spread = unicodedata.normalize("NFKD", name.lower())
    return "".join(letter for letter in spread if letter.isascii() and letter not in "' ")
