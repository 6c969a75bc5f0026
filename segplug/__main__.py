"""Run a script of MMSegmentation with segplug's remedies.

Example::

    python -m segplug MMSEG/tools/analysis_tools/browse_dataset.py CONFIG

MMSegmentation's scripts import it before they read a config, which fails
without MMCV's compiled operators unless segplug has been imported.
"""

from __future__ import annotations

import runpy
import sys
from pathlib import Path


def main() -> None:
    """Run the script that the command line names, as if it were called."""
    words = sys.argv[1:]
    if not words or not Path(words[0]).is_file():
        sys.exit(
            f'usage: python -m segplug SCRIPT ...; there is no script '
            f'{words[0] if words else ""}'.rstrip()
        )
    script = Path(words[0]).resolve()
    sys.argv = words
    sys.path[0] = str(script.parent)
    runpy.run_path(str(script), run_name='__main__')


if __name__ == '__main__':
    main()
