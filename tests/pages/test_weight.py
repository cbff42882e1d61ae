"""What pages weigh: 15 KB of style with nothing in it that no page uses, and no style or script in pages."""

import re
from pathlib import Path

from authserver.factory import PACKAGE, asset

MOST_CSS = 15 * 1024
SHEETS = sorted((PACKAGE / "static").glob("**/*.css"))
TEMPLATES = sorted(asset("templates").glob("**/*.html"))
WORD = re.compile(r"[A-Za-z][\w-]*")
QUOTED = re.compile(r"\"[^\"\n]*\"|'[^'\n]*'")


def selectors(css: str) -> str:
    """The style sheet without its comments and declarations."""
    bare = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    return re.sub(r"\{[^{}]*\}", "{}", bare)


def classes(css: str) -> set[str]:
    return set(re.findall(r"\.([A-Za-z][\w-]*)", selectors(css)))


def read(paths: list[Path]) -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in paths)


def written_in_templates() -> set[str]:
    """Every word that stands in quotes in a template: the value of a class, or what a macro makes a class of."""
    text = re.sub(r"\{#.*?#\}|_\(\"[^\"]*\"|_\('[^']*'", "", read(TEMPLATES), flags=re.DOTALL)  # nor in a sentence
    return {word for quoted in QUOTED.findall(text) for word in WORD.findall(quoted)}


def test_all_style_sheets_together_have_15_kb() -> None:
    assert sum(path.stat().st_size for path in SHEETS) <= MOST_CSS


def test_every_class_is_used_by_a_template() -> None:
    assert classes(read(SHEETS)) - written_in_templates() == set()


def test_a_class_that_nobody_uses_would_be_found() -> None:
    assert classes(".card:is(.never-used,a){color:red}") - written_in_templates() == {"never-used"}


def test_every_class_of_a_template_has_a_rule() -> None:
    """A misspelt class is silent otherwise."""
    literal = {name for value in re.findall(r'class="([^"{}]*)"', read(TEMPLATES)) for name in value.split()}
    assert literal - classes(read(SHEETS)) == set()


def test_templates_carry_no_style_and_no_script_of_their_own() -> None:
    found = re.findall(r"<style|\sstyle=|<script(?![^>]*\ssrc=)|\son[a-z]+=[\"']|javascript:", read(TEMPLATES))
    assert found == []
