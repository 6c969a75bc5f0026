# Report R1: FCN with ResNet-50 from scratch, Cityscapes at 256×512, Adam at
# 1e-4, batches of 2, 25 600 iterations (50 epochs). Chosen: cross-entropy
# (the report names a metric as its loss), 19 classes (it says 30 and "the
# classes defined in Cityscapes"), the images of its 1024/196/144, ImageNet's
# mean and standard deviation, no augmentation since it mentions none.
# Expected on its 144 test images: the report prints curves only. Above R18
# and R34 in mIoU, about as R101; above R101 in mean pixel accuracy.
# python tools/train.py configs/fcn_r50_cityscapes256.py
_base_ = [
    './_base_/models/fcn_r50.py',
    './_base_/datasets/cityscapes256.py',
    './_base_/schedules/adam_50e.py',
    './_base_/default_runtime.py',
]
model = dict(
    data_preprocessor=dict(size=_base_.crop_size),
    decode_head=dict(num_classes=_base_.num_classes),
)
