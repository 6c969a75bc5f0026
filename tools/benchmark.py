"""Measure segplug beside the alternatives: ``python tools/benchmark.py NAME``.

Each benchmark is a module of ``segplug.benchmarks`` with ``add_arguments``
and ``run``; a new one needs no more than its line below.
"""

from __future__ import annotations

import argparse
import importlib

from segplug.engine import launch

BENCHMARKS = {
    'load': 'memory and descriptors of long runs',
    'lovasz': 'speed, memory and accuracy of Lovász losses',
    'lovasz_training': 'training curves of the binned and the exact loss',
    'metrics': 'speed of the metrics',
    'systems': 'parameters and operations of the systems of configs',
}


def main() -> None:
    """Run the benchmark that the command line names."""
    parser = argparse.ArgumentParser(description='Measure segplug')
    names = parser.add_subparsers(dest='name', required=True)
    for name, text in BENCHMARKS.items():
        module = importlib.import_module(f'segplug.benchmarks.{name}')
        module.add_arguments(names.add_parser(name, help=text))
        names.choices[name].set_defaults(run=module.run)
    args = parser.parse_args()
    args.run(args)


if __name__ == '__main__':
    launch.run(main)
