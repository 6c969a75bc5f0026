"""What a check of data found, for people and for programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .duplicates import Twins, equal_images, similar_images
from .inspection import Inspection, can_compare_looks
from .samples import Collection

FORMAT = 'segplug data check 1'
_SHOWN = 10


@dataclass(frozen=True)
class DataReport:
    """The result of a check.

    Attributes:
        source: Config or folder that was checked.
        classes: Names of the classes.
        found: What each sample held, in the order of the splits.
        equal: Images that are in two splits.
        similar: Images that look like one in another split.
        remarks: What else was noticed.
    """

    source: str
    classes: tuple[str, ...]
    found: tuple[Inspection, ...]
    equal: tuple[Twins, ...]
    similar: tuple[Twins, ...]
    remarks: tuple[str, ...]

    @classmethod
    def of(
        cls, source: str, collection: Collection, found: Sequence[Inspection]
    ) -> DataReport:
        """Judge what was found in the samples of a collection."""
        remarks = list(collection.remarks)
        if not can_compare_looks():
            remarks.append(
                'Images that only look alike were not searched for: '
                "pip install 'segplug[check]'."
            )
        return cls(
            source=source,
            classes=collection.classes,
            found=tuple(found),
            equal=tuple(equal_images(found)),
            similar=tuple(similar_images(found)),
            remarks=(*remarks, *_absent(collection.classes, found)),
        )

    @property
    def problems(self) -> list[str]:
        """One sentence for each thing that is wrong."""
        wrong = [text for item in self.found for text in item.problems]
        return wrong + [
            f'{a.sample.image} ({a.sample.split}) and {b.sample.image} '
            f'({b.sample.split}) are the same image.'
            for a, b, _ in self.equal
        ]

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return {
            'format': FORMAT,
            'source': self.source,
            'problems': self.problems,
            'remarks': list(self.remarks),
            'splits': {
                name: self._split(items) for name, items in self._splits()
            },
            'equal_images': [_pair(twins) for twins in self.equal],
            'similar_images': [_pair(twins) for twins in self.similar],
        }

    def text(self) -> str:
        """Return the report for a person."""
        lines = [f'{self.source}']
        for name, items in self._splits():
            facts = self._split(items)
            sizes = ', '.join(list(facts['sizes'])[:3])
            lines.append(
                f'  {name}: {facts["images"]} images, '
                f'{facts["with_problems"]} with problems, sizes {sizes}'
            )
            lines += self._shares(facts['pixels'])
        lines += _listed('problems', self.problems)
        near = [
            f'{a.sample.image} ({a.sample.split}) ~ {b.sample.image} '
            f'({b.sample.split}), {bits} bits apart'
            for a, b, bits in self.similar
        ]
        lines += _listed('pairs of images look alike across splits', near)
        lines += [f'note: {remark}' for remark in self.remarks]
        return '\n'.join(lines)

    def _splits(self) -> list[tuple[str, list[Inspection]]]:
        splits: dict[str, list[Inspection]] = {}
        for item in self.found:
            splits.setdefault(item.sample.split, []).append(item)
        return list(splits.items())

    def _split(self, items: Sequence[Inspection]) -> dict[str, Any]:
        sizes = Counter(
            f'{i.size[0]}×{i.size[1]}' for i in items if i.size is not None
        )
        columns = zip(*(i.pixels for i in items if i.pixels is not None))
        names = [*self.classes, 'ignore']
        return {
            'images': len(items),
            'with_problems': sum(bool(item.problems) for item in items),
            'sizes': dict(sizes.most_common()),
            'pixels': dict(zip(names, map(sum, columns))),
        }

    def _shares(self, pixels: dict[str, int]) -> list[str]:
        total = sum(pixels.values()) or 1
        return [
            f'    {name:<24} {100 * count / total:7.3f} %'
            for name, count in pixels.items()
        ]


def _absent(classes: Sequence[str], found: Sequence[Inspection]) -> list[str]:
    """Name the classes that a split never shows."""
    splits: dict[str, set[int]] = {}
    for item in found:
        seen = splits.setdefault(item.sample.split, set())
        seen.update(i for i, n in enumerate(item.pixels or ()) if n)
    return [
        f'{split} shows no pixel of {", ".join(missing)}.'
        for split, seen in splits.items()
        if (missing := [c for i, c in enumerate(classes) if i not in seen])
    ]


def _pair(twins: Twins) -> dict[str, Any]:
    return {
        'images': [str(item.sample.image) for item in twins[:2]],
        'splits': [item.sample.split for item in twins[:2]],
        'bits': twins.bits,
    }


def _listed(what: str, lines: Sequence[str]) -> list[str]:
    if not lines:
        return [f'no {what}']
    more = len(lines) - _SHOWN
    shown = [f'{len(lines)} {what}:', *(f'  {t}' for t in lines[:_SHOWN])]
    return shown + ([f'  … and {more} more'] if more > 0 else [])
