"""Let MMSegmentation's inferencer read the configs of this repository.

It looks for the step that loads the image by the name of MMCV's, to put one
in its place that takes paths and arrays.
"""

from __future__ import annotations

from functools import wraps
from typing import Any

from mmseg.apis import MMSegInferencer

from segplug.typed import type_name

_HOST = 'LoadImageFromFile'
_OURS = 'LoadCheckedImage'


def install() -> None:
    """Have the inferencer find our step as it finds MMCV's."""
    host = MMSegInferencer._init_pipeline
    if hasattr(host, '__wrapped__'):
        return

    @wraps(host)
    def init_pipeline(self: MMSegInferencer, cfg: Any) -> Any:
        for step in cfg.test_dataloader.dataset.pipeline:
            if type_name(step) == _OURS:
                step['type'] = _HOST
        return host(self, cfg)

    MMSegInferencer._init_pipeline = init_pipeline
