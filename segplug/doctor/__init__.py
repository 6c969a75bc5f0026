"""Examine an installation and a config before a run.

:mod:`~segplug.doctor.finding` and :mod:`~segplug.doctor.stack` import
nothing but the standard library, so that they work where segplug itself
cannot be imported.
"""
