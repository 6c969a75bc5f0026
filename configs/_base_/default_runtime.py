_base_ = 'mmseg::_base_/default_runtime.py'

# Registers segplug's components before anything is built, so that these
# configs also run with MMSegmentation's own tools.
custom_imports = dict(imports=['segplug'], allow_failed_imports=False)

# Draws predictions also where they are not of the image's size.
visualizer = dict(type='FittedVisualizer')

# MMSegmentation's own tools/train.py builds this runner too: it saves and
# resumes safely (docs/robustness.md).
runner_type = 'mmseg.SegRunner'
