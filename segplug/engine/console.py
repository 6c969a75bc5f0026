"""What a person sees of a run; the log file always holds everything."""

from __future__ import annotations

import io
import logging
import re
import sys
import warnings
from pathlib import Path
from typing import Any

from mmengine.logging import MMLogger
from tqdm import tqdm

from segplug.compat.noise import is_noise

_VAL_STEP = re.compile(r'^(Iter|Epoch)\((val|test)\).*\]\s+eta:')
_TRAIN_STEP = re.compile(r'^(Iter|Epoch)\(train\)')
_OWN = Path(__file__).parents[1]
_DULL = (
    'Exp name:',
    'Distributed training is not used',
    'per class results',
    'paramwise_options',
)
_held: list[tuple[Any, ...]] = []


class ConsoleFilter(logging.Filter):
    """Keep dumps, known noise and steps that a bar shows off the console.

    Args:
        bar (bool): Whether a progress bar is drawn, which makes the lines
            of single training steps redundant.
    """

    def __init__(self, *, bar: bool) -> None:
        super().__init__()
        self.bar = bar

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether the record is shown."""
        message = record.getMessage()
        if record.levelno >= logging.WARNING:
            return not is_noise(message)
        if '\n' in message or message.startswith(_DULL):
            return False
        if _VAL_STEP.match(message):
            return False
        return not (self.bar and _TRAIN_STEP.match(message))


def quieten(logger: MMLogger) -> None:
    """Filter a run's console and send warnings to its log file alone.

    Args:
        logger: The logger that the runner made.
    """
    consoles = [h for h in logger.handlers if not _is_file(h)]
    for handler in consoles:
        handler.addFilter(ConsoleFilter(bar=draws_bar()))
        if draws_bar() and isinstance(handler, logging.StreamHandler):
            handler.setStream(_AboveBar())
    _warnings_to(logger)


class _AboveBar(io.TextIOBase):
    """A stream whose lines appear above the live bars."""

    def write(self, text: str) -> int:
        tqdm.write(text, end='')
        return len(text)


def draws_bar() -> bool:
    """Return whether progress bars are drawn: on a terminal only."""
    return sys.stderr.isatty()


def hold_warnings() -> None:
    """Hold Python warnings back until a log file exists to take them."""
    warnings.showwarning = _hold


def _is_file(handler: logging.Handler) -> bool:
    return isinstance(handler, logging.FileHandler)


def _hold(*warning: Any) -> None:
    _held.append(warning)


def _warnings_to(logger: MMLogger) -> None:
    """Write Python warnings to the log file, segplug's to both."""
    files = [h for h in logger.handlers if _is_file(h)]

    def show(
        message: Any, category: Any, filename: str, lineno: int, *_: Any
    ) -> None:
        text = f'{filename}:{lineno}: {category.__name__}: {message}'
        record = logger.makeRecord(
            logger.name, logging.WARNING, filename, lineno, text, (), None
        )
        own = _OWN in Path(filename).parents
        for handler in logger.handlers if own else files:
            handler.handle(record)

    warnings.showwarning = show
    while _held:
        show(*_held.pop(0))
