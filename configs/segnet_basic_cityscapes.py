# Report R2, baseline, the other reading of "four layer flat architecture":
# SegNet-Basic, from scratch, SGD for 7500 iterations. Chosen: rate 0.1, that
# of its Caffe code, batches of 8 and the rest as in segnet_cityscapes.py.
# Expected on Cityscapes val: the report gives one figure for both readings,
# mIoU 43.79.
# python tools/train.py configs/segnet_basic_cityscapes.py
_base_ = [
    './_base_/models/segnet_basic.py',
    './_base_/datasets/cityscapes.py',
    './_base_/schedules/sgd_7500.py',
    './_base_/default_runtime.py',
]
model = dict(
    data_preprocessor=dict(size=_base_.crop_size),
    decode_head=dict(num_classes=_base_.num_classes),
)
optim_wrapper = dict(optimizer=dict(lr=0.1))
