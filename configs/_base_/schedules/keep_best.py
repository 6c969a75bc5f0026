# What the schedules share: the best checkpoint and the last two are kept.
# Pictures are drawn on request only (tools/test.py --show-dir), but then of
# every image.
_base_ = 'mmseg::_base_/schedules/schedule_20k.py'
default_hooks = dict(
    checkpoint=dict(interval=500, save_best='mIoU', max_keep_ckpts=2),
    visualization=dict(interval=1),
)
