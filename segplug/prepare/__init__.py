"""Turn the official archives of data sets into data to train on.

Shared machinery unpacks archives safely, converts items in several
processes, remembers what is done and describes the result. A data set adds
a module with its :class:`~segplug.prepare.spec.DatasetSpec`.
"""
