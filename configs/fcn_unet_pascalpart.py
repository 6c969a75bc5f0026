# Report R4, experiment 1: U-Net with FCN heads, from scratch; short edge 512,
# 512×512 crops, flip, batches of 4, SGD at 0.01, 2000 iterations. Chosen: the
# polynomial decay, and inference on whole images.
# Expected on Pascal-Person-Part val: mIoU 23.09, mAcc 29.23.
# python tools/train.py configs/fcn_unet_pascalpart.py
_base_ = [
    './_base_/models/fcn_unet.py',
    './_base_/datasets/pascal_part.py',
    './_base_/schedules/sgd_2k.py',
    './_base_/default_runtime.py',
]
model = dict(
    data_preprocessor=dict(size=_base_.crop_size),
    decode_head=dict(num_classes=_base_.num_classes),
    auxiliary_head=dict(num_classes=_base_.num_classes),
)
