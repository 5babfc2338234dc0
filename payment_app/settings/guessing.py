"""How hard a secret is to guess: an estimate that sees through repetition, words and keyboard rows.

It reads a text as a guesser would build it, in the cheapest pieces there are, and adds up what each
piece costs. Random text is in no piece, so that each character counts in full; the text of a person
falls apart into a few cheap ones. The idea is that of zxcvbn (Wheeler, USENIX Security 2016), cut
down to what is left of it when no human needs to remember the secret.
"""

from __future__ import annotations

import math
import re
from functools import partial

_ROWS = (
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "qazwsxedcrfvtgbyhnujmikolp",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
    "1q2w3e4r5t6y7u8i9o0p",
    "a1b2c3d4e5f6g7h8i9j0",
)
_LINES = ("0123456789" * 3, "abcdefghijklmnopqrstuvwxyz" * 2, *_ROWS)
_WORD_LIST = """
admin administrator api app apikey auth bearer bench booking business callback change changeme
consumer correct customer database default demo development dummy encryption example fixme foobar
hakuna hello insecure iloveyou kenya key letmein live local localhost matata merchant metrics
mombasa money mpesa nairobi only password passkey payment payments please private production
prometheus public qwerty random replace replaceme root safaricom sandbox secret secretkey secure
server service shared shilling sign simulator smart staff storage super supersecret temporary test
testing tests till token user welcome your
"""
_WORDS = frozenset(_WORD_LIST.split())
_LEET = str.maketrans("@4301$5!7", "aaeoissit")
_LONGEST_WORD = max(map(len, _WORDS))
_SHORTEST_PIECE = 4
"""Of repetitions and rows: three characters meet by chance in random text as well."""

_WORD_BITS = 11.0
_LINE_BITS = 6.0
_COPY_BITS = 6.0
_JOINT_BITS = 1.0
_LANGUAGE_BITS = 2.0
"""Of a letter in running text, generously: English has between 1 and 1.5 (Shannon, 1951)."""
_MOST_READ = 128
_MOST_MIXED = 2
"""How often a digit stands beside a letter in what people write; in random text it often does."""


def guess_bits(secret: str) -> float:
    """The logarithm (to 2) of the guesses that an informed stranger needs, about."""
    text = secret[:_MOST_READ]
    plain = text.lower()
    letter = partial(_character_bits, pool=math.log2(_pool(text)), language=_is_language(text))
    cheapest = [0.0] + [math.inf] * len(text)
    for start in range(len(text)):
        so_far = cheapest[start]
        step = so_far + letter(text[start])
        cheapest[start + 1] = min(cheapest[start + 1], step)
        for end, bits in _pieces(plain, start):
            cheapest[end] = min(cheapest[end], so_far + bits)
    return cheapest[-1]


def _pieces(text: str, start: int) -> list[tuple[int, float]]:
    """Where cheap pieces that begin at `start` end, and what each costs."""
    found = [
        (end, _WORD_BITS)
        for end in range(start + 3, min(start + _LONGEST_WORD, len(text)) + 1)
        if text[start:end] in _WORDS or text[start:end].translate(_LEET) in _WORDS
    ]
    for bits, length in (
        (_LINE_BITS, _run_length(text, start)),
        (_LINE_BITS, _line_length(text, start)),
        (_COPY_BITS, _copy_length(text, start)),
    ):
        if length >= _SHORTEST_PIECE:
            found += [(start + part, bits) for part in range(_SHORTEST_PIECE, length + 1)]
    return found


def _run_length(text: str, start: int) -> int:
    """How often the character at `start` comes in a row."""
    return len(text) - start - len(text[start:].lstrip(text[start]))


def _line_length(text: str, start: int) -> int:
    """How far the text follows the alphabet, the digits or a row of keys, in either direction."""
    longest = 0
    for line in (*_LINES, *(line[::-1] for line in _LINES)):
        while text[start : start + longest + 1] in line and start + longest < len(text):
            longest += 1
    return longest


def _copy_length(text: str, start: int) -> int:
    """How far the text says again what stands before it."""
    length = 0
    while start + length < len(text) and text.find(text[start : start + length + 1]) < start:
        length += 1
    return length


def _character_bits(character: str, *, pool: float, language: bool) -> float:
    if character in " -_.,:;/|+=":
        return min(pool, _JOINT_BITS) if language else pool
    return min(pool, _LANGUAGE_BITS) if language and character.isalpha() else pool


def _pool(text: str) -> int:
    """How many characters there were to choose from, as far as one can see."""
    if re.fullmatch(r"[0-9a-f]+|[0-9A-F]+", text):
        kinds = 10 if text.isdigit() else 16
    else:
        sizes = ((r"[0-9]", 10), (r"[a-z]", 26), (r"[A-Z]", 26), (r"[^0-9A-Za-z]", 4))
        kinds = sum(size for pattern, size in sizes if re.search(pattern, text))
    # Sixteen characters of which two are different were not drawn from sixty-four.
    return max(2, min(kinds, 2 * len(set(text))))


def _is_language(text: str) -> bool:
    """Words, known or not: long runs of letters, vowels as people use them, digits set apart."""
    letters = [character for character in text.lower() if character.isalpha()]
    runs = re.findall(r"[A-Z]?[a-z]{3,}|[A-Z]{4,}", text)
    mixed = re.findall(r"[A-Za-z](?=[0-9])|[0-9](?=[A-Za-z])", text)
    if not letters or sum(map(len, runs)) < 0.75 * len(letters) or len(mixed) > _MOST_MIXED:
        return False
    vowels = sum(character in "aeiou" for character in letters)
    return vowels >= 0.25 * len(letters)
