"""Describe a finished data set: lists, manifest and remarks."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import segplug

from .errors import PrepareError
from .output import Output
from .records import FORMAT, Record, manifest_files
from .spec import DatasetSpec, Plan


@dataclass(frozen=True)
class Description:
    """Says what a set of records amounts to.

    Args:
        spec: The data set.
        plan: Its items and options.
        output: Where the files lie.
    """

    spec: DatasetSpec
    plan: Plan
    output: Output

    @property
    def recipe(self) -> str:
        """Digest of all that the outputs depend on beside the inputs."""
        facts = [
            self.spec.revision,
            self.plan.options,
            list(self.spec.classes),
            list(self.spec.palette),
        ]
        if self.plan.transfer.options:
            facts.append(self.plan.transfer.options)
        text = json.dumps(facts, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def splits(self, records: Mapping[str, Record]) -> dict[str, list[Record]]:
        """Return the records of each split in the order of its list."""
        kept = {name: rec for name, rec in records.items() if rec.kept}
        return {
            split: [kept[name] for name in ids if name in kept]
            for split, ids in self._lists().items()
        }

    def files(
        self, records: Mapping[str, Record], problems: Sequence[str]
    ) -> dict[Path, str]:
        """Return the text of each list and, last, of the manifest.

        Args:
            records: Finished items by id.
            problems: One sentence for each thing that had to be dropped.

        Returns:
            Texts by path; the same whatever the order of the records.

        Raises:
            PrepareError: If a split would be empty.
        """
        splits = self.splits(records)
        for name, kept in splits.items():
            if not kept:
                raise PrepareError(
                    f'No image of the split {name!r} is left. '
                    f'{len(problems)} problems were listed in '
                    f'{self.output.problems}, the first: {problems[0]}'
                    if problems
                    else f'No image of the split {name!r} has a label.'
                )
        texts = {
            self.output.split(name): ''.join(f'{rec.id}\n' for rec in kept)
            for name, kept in splits.items()
        }
        manifest = {
            'format': FORMAT,
            'dataset': self.spec.name,
            'segplug': segplug.__version__,
            'recipe': self.recipe,
            'options': {**self.plan.options, **self.plan.transfer.options},
            'selection': self.plan.selection,
            'sources': self.plan.sources,
            'dropped': len(problems),
            'splits': {n: self._statistics(k) for n, k in splits.items()},
            **manifest_files(records),
        }
        text = json.dumps(manifest, indent=2, allow_nan=False) + '\n'
        return {**texts, self.output.manifest: text}

    def notes(self, records: Mapping[str, Record]) -> list[str]:
        """Return remarks on what is unusual."""
        notes = []
        for name, kept in self.splits(records).items():
            usual = self.spec.usual_counts.get(name, len(kept))
            if len(kept) != usual:
                notes.append(
                    f'{name} has {len(kept)} images, in the literature '
                    f'{usual}: scores may not be comparable.'
                )
        empty = sum(
            record.kept and sum(record.pixels[1:-1]) == 0
            for record in records.values()
        )
        if empty and self.spec.classes[0] == 'background':
            notes.append(f'images that show nothing but background: {empty}.')
        return notes

    def _lists(self) -> dict[str, list[str]]:
        if self.plan.lists:
            return self.plan.lists
        lists: dict[str, list[str]] = {name: [] for name in self.spec.splits}
        for item in self.plan.items:
            lists[item.split].append(item.id)
        return lists

    def _statistics(self, kept: Sequence[Record]) -> dict[str, Any]:
        columns = zip(*(record.pixels for record in kept))
        names = [*self.spec.classes, 'ignore']
        return {
            'images': len(kept),
            'pixels': dict(zip(names, map(sum, columns))),
        }
