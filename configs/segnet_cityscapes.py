# Report R2, baseline: SegNet, encoder from ImageNet (the report does not say
# what it starts from; SegNet's own recipe was chosen). Its "four layer flat
# architecture" reads like SegNet-Basic: see segnet_basic_cityscapes.py.
# Expected on Cityscapes val: mIoU 43.79.
# python tools/train.py configs/segnet_cityscapes.py
_base_ = [
    './_base_/models/segnet.py',
    './_base_/datasets/cityscapes.py',
    './_base_/schedules/sgd_7500.py',
    './_base_/default_runtime.py',
]
model = dict(
    data_preprocessor=dict(size=_base_.crop_size),
    decode_head=dict(num_classes=_base_.num_classes),
)
