"""Write ``identity/common_passwords.txt``: patterns people fall back on, spelled out by rule.

Made here from words, years and keyboard walks; nothing is taken from anybody's list.
Run ``python make_common_passwords.py`` after a change; a test holds the file to this script.
"""

from collections.abc import Iterator
from itertools import product
from pathlib import Path

TARGET = Path(__file__).parent / "identity" / "common_passwords.txt"
SHORTEST = 8
WORDS = (
    "password passw0rd welcome letmein iloveyou princess sunshine football baseball dragon monkey "
    "superman batman master shadow michael jessica charlie jordan hunter summer winter spring "
    "autumn december january october secret computer internet whatever trustno1 starwars pokemon "
    "chocolate butterfly flower cheese family mother father grandma grandpa freedom america jesus "
    "blessed angel faith doctor nurse patient hospital clinic health healthcare medical medicine "
    "mychart portal patientportal myhealth changeme default admin administrator guest login "
    "contraseña bienvenido teamo tequiero estrella princesa corazon familia salud"
).split()
TAILS = (
    "1 12 123 1234 12345 123456 1234567 12345678 123456789 1234567890 ! 1! 123! 1234! 2020 2021 "
    "2022 2023 2024 2025 2026 2027 2024! 2025! 2026! 2027! forever always love me you"
).split()
WALKS = (
    "qwertyuiop asdfghjkl zxcvbnm qwertyuiopasdfghjkl qwertyuiopasdfghjklzxcvbnm 1qaz2wsx3edc "
    "1qaz2wsx3edc4rfv 1qaz2wsx3edc4rfv5tgb qazwsxedc qazwsxedcrfv qazwsxedcrfvtgb 1q2w3e4r "
    "1q2w3e4r5t 1q2w3e4r5t6y 1q2w3e4r5t6y7u8i q1w2e3r4t5y6 asdf1234 qwer1234 zaq12wsx "
    "poiuytrewq lkjhgfdsa 1234567890 0987654321 12345678910 123456789012345 1234567890123456 "
    "11223344556677 112233445566778 abcdefghijklmno abcdefghijklmnop "
    "abcdefghijklmnopqrstuvwxyz abcd1234efgh5678 abc123def456ghi789"
).split()
PHRASES = (
    "iloveyousomuch iloveyouforever iloveyoubaby ilovemyfamily ilovemyhusband ilovemywife "
    "ilovemychildren ilovemykids ilovemymom ilovejesuschrist jesusismysavior jesuslovesme "
    "godisgoodallthetime thisismypassword thisisapassword thisismysecret mypasswordismine "
    "ihatepasswords idontknowmypassword iforgotmypassword passwordpassword letmeinletmein "
    "letmeinplease openthedoorplease opensesame welcomewelcome welcometothejungle "
    "qwertyqwerty qwertyqwertyqwerty changemechangeme changemeplease areallylongpassword "
    "averylongpassword averylongpassword1 fifteencharacter fifteencharacters onetwothreefour "
    "onetwothreefourfive thequickbrownfox thequickbrownfoxjumps maytheforcebewithyou "
    "correcthorsebatterystaple correct-horse-battery-staple ilovechocolate happybirthdaytoyou "
    "merrychristmas tequieromucho teamomucho tequieromuchomucho diosesamor diosesmipastor"
).split()


def patterns() -> Iterator[str]:
    """Every pattern, folded; some twice."""
    yield from PHRASES
    yield from (walk + tail for walk, tail in product(WALKS, ["", "1", "!", "123", "1234"]))
    yield from (word + tail for word, tail in product(WORDS + PHRASES, TAILS))
    yield from (word + word for word in WORDS)
    yield from (word * 3 for word in WORDS)
    yield from (word + between + tail for word, between, tail in product(WORDS, "-_.@", TAILS[:12]))
    yield from (f"my{word}is{other}" for word, other in product(WORDS[:12], WORDS[:12]))
    yield from (f"{a}{b}" for a, b in product(WORDS[:40], WORDS[:40]) if a != b)


def lines() -> list[str]:
    """What the file holds: sorted, one a line."""
    return sorted({p.casefold() for p in patterns() if len(p) >= SHORTEST})


if __name__ == "__main__":
    TARGET.write_text("\n".join(lines()) + "\n", encoding="utf-8")
