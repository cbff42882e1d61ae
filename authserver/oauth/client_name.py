"""`client_name` (RFC 7591 section 2): whoever registers an application chooses it, so it must not deceive who reads it.

Forms that look alike become one (NFKC); what is invisible, or turns the writing around, has no place in a name. Letters
of several scripts may spell another name (Unicode TS 39): such a name is never shown without the host it leads to.
"""

import re
import unicodedata

from authserver.oauth.errors import InvalidClientMetadataError

LONGEST = 100  # that may be registered
SHOWN = 60
MOST_MARKS = 3  # on one letter: more of them paint over the lines above and below
#: Control, format (bidi overrides, zero width), surrogates, private use, line separators.
_HIDDEN_KINDS = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
#: Letters, marks and symbols that are drawn as nothing.
_HIDDEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0")
_VARIATION = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
#: Scripts that are written together.
_TOGETHER = (
    frozenset({"LATIN", "CJK", "HIRAGANA", "KATAKANA"}),
    frozenset({"LATIN", "CJK", "BOPOMOFO"}),
    frozenset({"LATIN", "CJK", "HANGUL"}),
)
_OF_NO_SCRIPT = frozenset({"", "MODIFIER", "KATAKANA-HIRAGANA", "IDEOGRAPHIC"})
#: Cyrillic and Greek letters that cannot be told from Latin ones.
_POSING = frozenset(
    "\u0430\u0441\u0435\u0456\u0458\u043e\u0440\u0455\u0443\u0445\u04bb\u0501\u051b\u051d\u0410\u0412\u0421\u0415\u041d"
    "\u0406\u0408\u041a\u041c\u041e\u0420\u0405\u0422\u0423\u0425\u050c\u051a\u051c\u03bf\u03bd\u0391\u0392\u0395\u0396"
    "\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7"
)


def check(name: object) -> str:
    """The name as it is kept, if it may be registered. Raises invalid_client_metadata."""
    if not isinstance(name, str) or not 1 <= len(name.strip()) <= LONGEST:
        raise InvalidClientMetadataError(f"client_name must have 1 to {LONGEST} characters.")
    if any(unicodedata.category(char) in _HIDDEN_KINDS for char in name):
        raise InvalidClientMetadataError("client_name holds invisible or control characters.")
    kept = _in_one_form(name)
    if not 1 <= len(kept) <= LONGEST:
        raise InvalidClientMetadataError(f"client_name must have 1 to {LONGEST} characters.")
    if kept != visible(kept):
        raise InvalidClientMetadataError("client_name holds invisible characters, or too many marks on one letter.")
    return kept


def shown(name: str) -> str:
    """Any name as people may see it, also one from before these rules."""
    text = " ".join(visible(_in_one_form(name)).split())
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1].rstrip()}…"


def is_ambiguous(name: str) -> bool:
    """Whether it may be another name than it looks: of mixed scripts, or with a word of nothing but posing letters."""
    words = re.findall(r"\w+", _in_one_form(name))
    scripts = {_script(char) for word in words for char in word if char.isalpha()} - _OF_NO_SCRIPT
    if len(scripts) > 1 and not any(scripts <= together for together in _TOGETHER):
        return True
    return any(_poses(word) for word in words)


def visible(text: str, *, instead: str = "") -> str:
    """The text with `instead` of everything that is invisible, turns the writing around, or paints over other lines."""
    kept, marks = [], 0
    for char in text:
        kind = unicodedata.category(char)
        marks = marks + 1 if kind in {"Mn", "Me"} else 0
        is_seen = kind not in _HIDDEN_KINDS and char not in _HIDDEN and marks <= MOST_MARKS
        kept.append(char if is_seen else instead)
    return "".join(kept)


def _in_one_form(name: str) -> str:
    return " ".join(_VARIATION.sub("", unicodedata.normalize("NFKC", name)).split())


def _script(char: str) -> str:
    """The first word of its Unicode name, which is the script for every letter."""
    return unicodedata.name(char, "").partition(" ")[0]


def _poses(word: str) -> bool:
    letters = [char for char in word if char.isalpha()]
    return bool(letters) and all(char in _POSING for char in letters)
