# Report R1: DeepLabV3 with ResNet-50 from scratch, rates 12/24/36 at output
# stride 8, Cityscapes at 256×512. Adam at 1e-4, batches of 2, 25 600
# iterations (50 epochs); what was chosen stands in fcn_r50_cityscapes256.py.
# Expected on its 144 test images: the report prints curves only. Above FCN
# with ResNet-50 in mIoU and mean pixel accuracy.
# python tools/train.py configs/dlv3_r50_cityscapes256.py
_base_ = [
    './_base_/models/dlv3_r50.py',
    './_base_/datasets/cityscapes256.py',
    './_base_/schedules/adam_50e.py',
    './_base_/default_runtime.py',
]
model = dict(
    data_preprocessor=dict(size=_base_.crop_size),
    decode_head=dict(num_classes=_base_.num_classes),
)
