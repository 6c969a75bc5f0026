"""Prepare a data set from its official archives.

Example::

    python tools/prepare_data.py pascal_part --parts trainval.tar.gz \
        --images VOCtrainval_03-May-2010.tar --out data/pascal_part
"""

import sys

from segplug.prepare.cli import main

if __name__ == '__main__':
    sys.exit(main())
