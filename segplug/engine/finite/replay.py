"""Keep the batch that broke a training, and run it again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from mmengine.structures import PixelData
from mmseg.structures import SegDataSample
from torch import Tensor, nn

from segplug.compat.safe_load import safe_load
from segplug.engine.checkpoints import files
from segplug.errors import SegplugError
from segplug.weights import load_weights

from . import checks

_FORMAT = 'segplug batch 1'


class ReplayError(SegplugError, ValueError):
    """A file does not hold a batch, or one of another model."""


@dataclass(frozen=True)
class Batch:
    """A batch and the weights that it met.

    Attributes:
        iteration: Number of the iteration, counted from 1.
        terms: The loss by terms.
        images: Paths of the images.
        inputs: Images as the loader gave them, each (3, H, W).
        labels: Label maps, each (H, W), or None for images without.
        weights: The model's ``state_dict``.
    """

    iteration: int
    terms: dict[str, float]
    images: list[str]
    inputs: list[Tensor]
    labels: list[Tensor | None]
    weights: dict[str, Tensor]

    def save(self, path: str | Path) -> None:
        """Write the batch; :func:`load` reads it."""
        files.write({'format': _FORMAT, **vars(self)}, path)

    @classmethod
    def collect(
        cls,
        model: nn.Module,
        data: Mapping[str, Any],
        iteration: int,
        terms: Mapping[str, Tensor],
    ) -> Batch:
        """Take what belongs to one iteration.

        Args:
            model: The model, unwrapped.
            data: What the loader gave: ``inputs`` and ``data_samples``.
            iteration: Counted from 1.
            terms: The loss by terms.
        """
        samples = data.get('data_samples') or []
        return cls(
            iteration=iteration,
            terms={name: float(value) for name, value in terms.items()},
            images=image_files(data),
            inputs=[image.detach().cpu() for image in data['inputs']],
            labels=[_label(sample) for sample in samples],
            weights={n: v.cpu() for n, v in model.state_dict().items()},
        )


def load(path: str | Path) -> Batch:
    """Read a batch that a training left.

    Raises:
        ReplayError: If the file holds something else.
    """
    content = safe_load(str(path), 'cpu')
    if not isinstance(content, dict) or content.pop('format', '') != _FORMAT:
        raise ReplayError(
            f'{path} is no batch of a training; wanted is a file '
            'non_finite_*.pth from a work folder.'
        )
    return Batch(**content)


def run(model: nn.Module, batch: Batch) -> tuple[dict[str, float], list[str]]:
    """Compute the loss of a batch again, with the weights of then.

    Random numbers, such as those of dropout, are drawn anew.

    Args:
        model: A segmentor of the same config, on the CPU.
        batch: What :func:`load` returned.

    Returns:
        The loss by terms, and the names of the modules, in the order of
        their computation, whose output is not finite.

    Raises:
        ReplayError: If the weights are of another model.
    """
    fit = load_weights(model, batch.weights)
    if not fit.is_exact:
        raise ReplayError(f'The batch is of another model: {fit.describe()}.')
    found: list[str] = []
    handles = [
        module.register_forward_hook(_watch(name, found))
        for name, module in model.named_modules()
        if name and not list(module.children())
    ]
    samples = list(map(_sample, batch.images, batch.labels))
    model.train()
    try:
        with torch.no_grad():
            data = {'inputs': batch.inputs, 'data_samples': samples}
            data = model.data_preprocessor(data, True)
            losses = model(**data, mode='loss')
            terms = model.parse_losses(losses)[1]
    finally:
        for handle in handles:
            handle.remove()
    return {name: float(value) for name, value in terms.items()}, found


def image_files(data: Mapping[str, Any]) -> list[str]:
    """Return the paths of a batch's images."""
    samples: Sequence[Any] = data.get('data_samples') or []
    return [str(getattr(s, 'img_path', '(no path)')) for s in samples]


def _watch(name: str, found: list[str]) -> Any:
    def hook(module: nn.Module, args: Any, output: Any) -> None:
        tensors = output if isinstance(output, (list, tuple)) else [output]
        tensors = [t for t in tensors if isinstance(t, Tensor)]
        if name not in found and not checks.is_finite(tensors):
            found.append(name)

    return hook


def _label(sample: Any) -> Tensor | None:
    truth = getattr(sample, 'gt_sem_seg', None)
    return None if truth is None else truth.data[0].cpu()


def _sample(path: str, label: Tensor | None) -> SegDataSample:
    sample = SegDataSample()
    if label is None:
        return sample
    shape = tuple(label.shape)
    sample.set_metainfo({'img_path': path, 'img_shape': shape})
    sample.gt_sem_seg = PixelData(data=label[None])
    return sample
