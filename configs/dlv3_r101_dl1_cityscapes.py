# Report R2, DL-1: DeepLabV3 with ResNet-101 from ImageNet, 3×3 branches of
# rates 6/12/18. Batches of 8, poly decay from 0.007, 14 875 iterations (40
# epochs), no augmentation. Chosen, since the report does not say it: random
# 513×513 crops (it names the 33×33 map), momentum 0.9, weight decay 1e-4.
# Expected on Cityscapes val: mIoU 65.43 (its classes average 65.34), train
# 69.2.
# python tools/train.py configs/dlv3_r101_dl1_cityscapes.py
_base_ = [
    './_base_/models/dlv3_r101.py',
    './_base_/datasets/cityscapes.py',
    './_base_/schedules/poly_40e.py',
    './_base_/default_runtime.py',
]
model = dict(
    data_preprocessor=dict(size=_base_.crop_size),
    decode_head=dict(num_classes=_base_.num_classes),
)
