"""Let all processes of a run agree on what one of them did."""

from __future__ import annotations

from typing import Any, Callable, TypeVar

from mmengine.dist import broadcast_object_list, is_main_process

from segplug.errors import SegplugError

T = TypeVar('T')


def from_main(function: Callable[[], T]) -> T:
    """Call a function in the main process and share how it ended.

    An error that only one process knew of would leave the others waiting
    for it until the time-out.

    Args:
        function: What to do; called in the main process only.

    Returns:
        What it returned there, in every process.

    Raises:
        SegplugError: What it raised there, in every process.
    """
    outcome: list[Any] = [None, None]
    if is_main_process():
        try:
            outcome[0] = function()
        except SegplugError as error:
            outcome[1] = error
    broadcast_object_list(outcome)
    if outcome[1] is not None:
        raise outcome[1]
    return outcome[0]
