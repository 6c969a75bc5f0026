"""What an examination finds, for people and for programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

FORMAT = 'segplug doctor 1'
LEVELS = ('ok', 'note', 'problem')


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        level: ``'ok'``, ``'note'`` (works, but worth knowing) or
            ``'problem'`` (a run would fail or be worthless).
        topic: What was looked at.
        text: What was seen.
        remedy: What to do about it; may be part of the text.
    """

    level: str
    topic: str
    text: str
    remedy: str = ''

    def __post_init__(self) -> None:
        if self.level not in LEVELS:
            raise ValueError(f'level is one of {LEVELS}, not {self.level!r}.')


def ok(topic: str, text: str) -> Finding:
    """Return a finding that nothing is to be done about."""
    return Finding('ok', topic, text)


def note(topic: str, text: str, remedy: str = '') -> Finding:
    """Return a finding that is worth knowing."""
    return Finding('note', topic, text, remedy)


def problem(topic: str, text: str, remedy: str = '') -> Finding:
    """Return a finding that has to be mended."""
    return Finding('problem', topic, text, remedy)


def has_problems(findings: Sequence[Finding]) -> bool:
    """Tell whether anything has to be mended."""
    return any(item.level == 'problem' for item in findings)


def as_text(item: Finding) -> str:
    """Write a finding, lines after the first indented."""
    text = f'{item.text} {item.remedy}'.strip().replace('\n', '\n' + ' ' * 9)
    return f'{item.level:8} {item.topic}: {text}'


def summary(findings: Sequence[Finding]) -> str:
    """Count the findings of each level in a sentence."""
    counts = Counter(item.level for item in findings)
    problems, notes = counts['problem'], counts['note']
    return (
        f'{len(findings)} examined: {problems} '
        f'problem{"" if problems == 1 else "s"}, {notes} '
        f'note{"" if notes == 1 else "s"}.'
    )


def as_json(source: str | None, findings: Sequence[Finding]) -> dict[str, Any]:
    """Return the report as values of JSON.

    Args:
        source: Path of the config, if there is one.
        findings: All of them.
    """
    return {
        'format': FORMAT,
        'config': source,
        'problems': sum(item.level == 'problem' for item in findings),
        'findings': [asdict(item) for item in findings],
    }
