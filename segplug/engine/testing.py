"""What the options of a test change in its config."""

from __future__ import annotations

from mmengine.config import Config

from segplug.compat.checkpoint import local_path

from .launch import LaunchError, check_folder


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

    Raises:
        LaunchError: If the config has several metrics that could write.
    """
    if not isinstance(cfg.test_evaluator, dict):
        raise LaunchError(
            '--out needs a config with one test_evaluator; in a list, set '
            'output_dir of the metric that shall write.'
        )
    check_folder(folder, '--out')
    cfg.test_evaluator.update(output_dir=folder, keep_results=True)


def set_test_time_augmentation(cfg: Config) -> None:
    """Average predictions over the config's scales and flips.

    Raises:
        LaunchError: If the config does not say over which.
    """
    for key in ('tta_pipeline', 'tta_model'):
        if cfg.get(key) is None:
            raise LaunchError(f'--tta needs a config with {key}.')
    cfg.test_dataloader.dataset.pipeline = cfg.tta_pipeline
    cfg.tta_model.module = cfg.model
    cfg.model = cfg.tta_model
