# Report R2, baseline: SegNet, SGD and cross-entropy for 7500 iterations.
# Chosen, since the report does not say it: encoder from ImageNet, batches of
# 8 crops of 513×513 as for DL-1, SegNet's own rate 0.001, momentum 0.9 and
# weight decay 5e-4, no class weights. Its "four layer flat architecture"
# reads like SegNet-Basic: see segnet_basic_cityscapes.py.
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
