"""End a run on SIGTERM or Ctrl-C where it can go on later."""

from __future__ import annotations

import os
import signal
import time
from datetime import timedelta
from types import FrameType
from typing import Any

import torch
import torch.distributed as torch_dist
from mmengine.dist import is_distributed
from mmengine.hooks import Hook
from mmengine.runner import Runner

SIGNALS = (signal.SIGINT, signal.SIGTERM)
# Seconds in which the launcher of a distributed run passes on a signal that
# all processes have got already.
_ECHO = 2
_NOTICE = (
    '\n{name}: saving at the end of the running iteration. Once more{when} '
    'ends at once.\n'
)


class RunInterrupted(SystemExit):
    """Training was asked to end, and did, with its state saved.

    The exit status is 128 and the number of the signal, as in shells: 130
    for Ctrl-C, 143 for SIGTERM.
    """


class ValidationInterrupted(Exception):
    """The run is to end although a validation is under way."""


class Interruption:
    """Note the first signal; let the second do what it always does.

    In a distributed run a second one that follows at once is taken for the
    same: terminals and batch systems signal processes and their launcher,
    which passes it on. Once the processes have agreed to end they ignore
    SIGTERM, which the launcher sends as soon as one of them has ended.

    A context manager: outside of it signals are handled as before, but for
    that. In another thread than the main one, where Python takes no signals,
    it does nothing.

    Args:
        timeout: Seconds that processes wait for each other; None for
            PyTorch's default.

    Attributes:
        signal: Number of the signal that came, or None.
    """

    def __init__(self, timeout: float | None = None) -> None:
        self.signal: int | None = None
        self._timeout = None if timeout is None else timedelta(0, timeout)
        self._since = 0.0
        self._former: dict[int, Any] = {}
        self._process = os.getpid()
        self._group: Any = None
        self._vote: tuple[Any, torch.Tensor] | None = None

    def __enter__(self) -> Interruption:
        try:
            for number in SIGNALS:
                self._former[number] = signal.signal(number, self._note)
        except ValueError:  # not in the main thread
            self._former = {}
        if is_distributed():
            self._group = torch_dist.new_group(
                backend='gloo', timeout=self._timeout
            )
        return self

    def __exit__(self, *_: Any) -> None:
        for number, handler in self._former.items():
            signal.signal(number, handler)

    def _note(self, number: int, _: FrameType | None) -> None:
        if os.getpid() != self._process:
            return  # a forked worker, on its way to its own handlers
        if self._group is None:
            # At once even where Python comes to no handler any more.
            for each in SIGNALS:
                signal.signal(each, signal.SIG_DFL)
        if self.signal is None:
            self.signal, self._since = number, time.monotonic()
            when = f' after {_ECHO} seconds' if self._group else ''
            text = _NOTICE.format(name=signal.Signals(number).name, when=when)
            os.write(2, text.encode())  # standard error
        elif time.monotonic() - self._since > _ECHO:
            signal.signal(number, signal.SIG_DFL)
            os.kill(self._process, number)

    def asked(self) -> int | None:
        """Tell whether to end, the same in all processes of a run.

        In distributed runs every process calls it equally often, and the
        answer is what the processes knew one call before: so nobody waits.

        Returns:
            The number of the signal, or None.
        """
        if self._group is None:
            return self.signal
        answer = 0
        if self._vote is not None:
            work, votes = self._vote
            work.wait()
            answer = int(votes)
        if answer and self._former.pop(signal.SIGTERM, None) is not None:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
        votes = torch.tensor(self.signal or 0)
        work = torch_dist.all_reduce(
            votes, torch_dist.ReduceOp.MAX, self._group, async_op=True
        )
        self._vote = work, votes
        return answer or None


class InterruptionHook(Hook):
    """Break off a validation when the run is to end.

    Not in distributed runs, whose processes could not agree at what image.

    Args:
        interruption: That of the run.
    """

    priority = 'LOWEST'

    def __init__(self, interruption: Interruption) -> None:
        self._interruption = interruption

    def after_val_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: Any = None,
        outputs: Any = None,
    ) -> None:
        """Raise when a signal came.

        Raises:
            ValidationInterrupted: Caught by the training loop.
        """
        if self._interruption.signal is not None and not is_distributed():
            raise ValidationInterrupted
