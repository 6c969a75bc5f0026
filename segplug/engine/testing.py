"""What the options of a test change in its config."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from mmengine.config import Config

from segplug.compat.checkpoint import local_path
from segplug.evaluation import keep_predictions
from segplug.typed import type_name

from .launch import LaunchError, check_folder

_PLAIN = re.compile(r'test_dataloader\.dataset\.pipeline')
_STEPS = re.compile(r'tta_pipeline\.\d+\.pipeline')
_SINGLE = 'FullSizeMetric'
_FOLLOWING = 'ScaleFlipTestTimeAug'  # takes the steps of the plain test


def set_drawing(
    cfg: Config, folder: str | None, show: bool, wait_time: float
) -> None:
    """Have pictures of truth and prediction written or shown.

    Args:
        cfg: Config with a visualization hook, changed in place.
        folder: Folder to write them to, or None.
        show: Whether to open a window.
        wait_time: Seconds that each picture is shown.

    Raises:
        LaunchError: If the config has no visualization hook.
    """
    if not (folder or show):
        return
    hook = cfg.get('default_hooks', {}).get('visualization')
    if hook is None:
        raise LaunchError(
            '--show and --show-dir need default_hooks = '
            "dict(visualization=dict(type='SegVisualizationHook'))."
        )
    hook.update(draw=True, show=show, wait_time=wait_time)
    if folder:
        check_folder(folder, '--show-dir')
        backend = dict(type='PictureFolder', save_dir=folder)
        cfg.visualizer.vis_backends = [backend]


def set_checkpoint(cfg: Config, checkpoint: str) -> None:
    """Choose the weights that are tested.

    Args:
        cfg: Config, changed in place.
        checkpoint: Path or address.

    Raises:
        LaunchError: If it is a config.
        MissingCheckpointError: If a local file does not exist.
    """
    if checkpoint.endswith('.py'):
        raise LaunchError(
            f'{checkpoint} is no checkpoint but a config. Wanted are CONFIG '
            'and CHECKPOINT, such as work_dirs/NAME/iter_2000.pth.'
        )
    if '://' not in checkpoint:
        local_path(checkpoint)
    cfg.load_from = checkpoint


def set_output(cfg: Config, folder: str) -> None:
    """Have the predicted masks written.

    Args:
        cfg: Config, changed in place.
        folder: Folder to write them to.

    Raises:
        LaunchError: If it is a file.
    """
    check_folder(folder, '--out')
    keep_predictions(cfg.test_evaluator, folder)


def set_test_time_augmentation(cfg: Config, options: Iterable[str]) -> None:
    """Average predictions over the config's scales and flips.

    Args:
        cfg: Config, changed in place.
        options: Names of the settings that the command line changed.

    Raises:
        LaunchError: If the config does not say over which, an option has no
            effect, or a metric needs the logits of a single prediction.
    """
    evaluators = cfg.test_evaluator
    if isinstance(evaluators, Mapping):
        evaluators = [evaluators]
    if any(type_name(metric) == _SINGLE for metric in evaluators):
        raise LaunchError(
            f'--tta: {_SINGLE} needs the logits, which are lost when '
            'predictions are averaged. Test without --tta, or without it.'
        )
    for key in ('tta_pipeline', 'tta_model'):
        if cfg.get(key) is None:
            raise LaunchError(f'--tta needs a config with {key}.')
    dataset = cfg.test_dataloader.dataset
    if 'pipeline' not in dataset:
        raise LaunchError(
            f'--tta needs a test set with a pipeline, {dataset.type} has none.'
        )
    following = [s for s in cfg.tta_pipeline if type_name(s) == _FOLLOWING]
    for step in following:
        step.pipeline = dataset.pipeline
    lost, taken = _PLAIN, 'tta_pipeline'
    if following:
        lost, taken = _STEPS, 'test_dataloader.dataset.pipeline'
    for option in filter(lost.match, options):
        raise LaunchError(
            f'--cfg-options: {option} has no effect with --tta, which takes '
            f'the steps of {taken}. Set those.'
        )
    dataset.pipeline = cfg.tta_pipeline
    cfg.tta_model.module = cfg.model
    cfg.model = cfg.tta_model
