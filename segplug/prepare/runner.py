"""Prepare any data set: convert what is new or changed, then describe it."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Callable

from segplug.fileio import write_text
from segplug.parallel import parallel_map

from .conversion import Checker, Converter
from .description import Description
from .output import Output
from .records import History, Record, start_journal
from .sources import Workspace
from .spec import DatasetSpec, Item, Plan


@dataclass
class Report:
    """What a run did.

    Args:
        images: Number of images in each split.
        made: Items that were converted.
        unchanged: Items that were right already.
        left_out: Listed items that are no part of the data set.
        removed: Items of earlier runs that were removed.
        problems: One sentence for each thing that was dropped.
        notes: Remarks.
    """

    images: dict[str, int]
    made: int
    unchanged: int
    left_out: int
    removed: int
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def prepare(
    spec: DatasetSpec, args: argparse.Namespace, *, out: Path, workers: int
) -> Report:
    """Prepare a data set.

    It can be interrupted at any point and run again: items whose inputs,
    options and outputs are what they were are left as they are.

    Args:
        spec: The data set.
        args: Its own options.
        out: The output folder.
        workers: Number of processes.

    Returns:
        What was done, and what was dropped.

    Raises:
        PrepareError: If the sources or the output folder cannot be used, a
            split would be empty or the disk is full.
        WorkerError: If a process dies.
    """
    output = Output(out, spec.image_suffix)
    with output.claimed():
        history = output.history(spec.name, spec.splits)
        with Workspace(out) as workspace:
            _check_sources(args, workspace)
            plan = spec.plan(args, workspace)
            spec = spec.specialised(plan)
            output = replace(output, image_suffix=spec.image_suffix)
            tools = _Tools(output, workers, workspace.rename)
            return _Run(spec, plan, history, tools).run()


def _check_sources(args: argparse.Namespace, workspace: Workspace) -> None:
    """See that all sources are there before the first is unpacked."""
    for name, given in vars(args).items():
        if isinstance(given, Path) and name != 'out':
            workspace.check_apart(given)


@dataclass(frozen=True)
class _Tools:
    output: Output
    workers: int
    rename: Callable[[str], str]  # names archives in messages


class _Run:
    """One run: check what is there, convert the rest, describe all."""

    def __init__(
        self, spec: DatasetSpec, plan: Plan, history: History, tools: _Tools
    ) -> None:
        self.spec = spec
        self.plan = plan
        self.history = history
        self.output = tools.output
        self.tools = tools
        self.description = Description(spec, plan, tools.output)
        self.recipe = self.description.recipe

    def run(self) -> Report:
        records = self._still_right()
        unchanged = len(records)
        todo = [i for i in self.plan.items if i.id not in records]
        problems, removed = self.plan.problems, 0
        if todo or self._is_outdated(records):
            problems = problems + self._convert(todo, records)
            self._list(problems)
            removed = self._finish(records, problems)
        else:
            self._list(problems)
        splits = self.description.splits(records)
        notes = self.plan.notes + self.description.notes(records)
        return Report(
            images={name: len(kept) for name, kept in splits.items()},
            made=len(records) - unchanged,
            unchanged=unchanged,
            left_out=sum(not record.kept for record in records.values()),
            removed=removed,
            problems=list(map(self.tools.rename, problems)),
            notes=list(map(self.tools.rename, notes)),
        )

    def _still_right(self) -> dict[str, Record]:
        """Return the records of the items that need no work."""
        known = self.history.records
        tasks = [
            (item, known[item.id])
            for item in self.plan.items
            if item.id in known and known[item.id].recipe == self.recipe
        ]
        results = parallel_map(
            Checker(self.output, self.plan.transfer),
            tasks,
            workers=self.tools.workers,
            description='checking',
        )
        with closing(results):
            return {item.id: rec for (item, rec), right in results if right}

    def _is_outdated(self, records: Mapping[str, Record]) -> bool:
        """Whether the lists or the manifest do not fit the records."""
        if self.history.interrupted or self._stale(records):
            return True
        texts = self.description.files(records, self.plan.problems)
        lists = map(self.output.split, self.spec.splits)
        if any(path.exists() for path in lists if path not in texts):
            return True  # a list that is no longer wanted
        return any(
            not path.is_file() or path.read_bytes() != text.encode()
            for path, text in texts.items()
        )

    def _convert(
        self, todo: list[Item], records: dict[str, Record]
    ) -> list[str]:
        """Convert items, add their records; return the problems in order."""
        ids = self.history.ids.union(item.id for item in self.plan.items)
        journal = start_journal(
            self.output.journal, self.spec.name, ids, records.values()
        )
        # From here to the end there is no finished data set to train on.
        self.output.unfinish(self.spec.splits)
        results = parallel_map(
            Converter(
                self.plan.convert,
                self.recipe,
                self.spec.palette,
                self.output,
                self.plan.transfer,
            ),
            todo,
            workers=self.tools.workers,
            description='converting',
        )
        problems = {}
        with closing(journal), closing(results):
            for item, result in results:
                if isinstance(result, str):
                    problems[item.id] = result
                else:
                    records[item.id] = result
                    journal.add(result)
        return [problems[item.id] for item in todo if item.id in problems]

    def _list(self, problems: list[str]) -> None:
        """Write all problems to a file, or remove that of an earlier run."""
        if not problems:
            self.output.problems.unlink(missing_ok=True)
            return
        lines = [
            ' '.join(self.tools.rename(problem).split())
            for problem in problems
        ]
        write_text(self.output.problems, '\n'.join(lines) + '\n')

    def _finish(
        self, records: Mapping[str, Record], problems: list[str]
    ) -> int:
        """Describe the data set; return how many old items were removed."""
        texts = self.description.files(records, problems)
        removed = self.output.remove(self._stale(records))
        for path, text in texts.items():
            write_text(path, text)
        self.output.journal.unlink()
        return removed

    def _stale(self, records: Mapping[str, Record]) -> list[str]:
        """Return the ids of earlier runs whose files have to go."""
        kept = {name for name, record in records.items() if record.kept}
        return [
            name
            for name in sorted(self.history.ids - kept)
            if any(map(os.path.lexists, self.output.all_of(name)))
        ]
