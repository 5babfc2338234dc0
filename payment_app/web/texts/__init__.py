"""Every word that a page shows, by language. Components hold none."""

from __future__ import annotations

from payment_app.web.texts.en import EN
from payment_app.web.texts.shape import Texts
from payment_app.web.texts.sw import SW

LANGUAGES: dict[str, Texts] = {"en": EN, "sw": SW}
DEFAULT = "en"


def words(lang: str) -> Texts:
    """The texts of a language; an unknown one speaks English."""
    return LANGUAGES.get(lang, EN)


def pick_language(asked: str, accepted: str) -> str:
    """The language of a page: asked for in its address, else the browser's first that we have."""
    for tag in (asked, *_by_preference(accepted)):
        code = tag.strip().lower().split("-")[0]
        if code in LANGUAGES:
            return code
    return DEFAULT


def _by_preference(accepted: str) -> list[str]:
    """The tags of an Accept-Language header, best first."""
    weighted: list[tuple[float, str]] = []
    for part in accepted[:200].split(","):
        tag, _, quality = part.partition(";q=")
        try:
            weight = float(quality) if quality else 1.0
        except ValueError:
            continue
        weighted.append((weight, tag))
    return [tag for weight, tag in sorted(weighted, key=lambda pair: -pair[0]) if weight > 0]
