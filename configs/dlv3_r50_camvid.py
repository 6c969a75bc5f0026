# The DeepLabV3 of report R1 on CamVid, ImageNet-pretrained. Of no report:
# batches of 8, flip, SGD at 0.01 with polynomial decay, 10 000 iterations,
# chosen.
# Expected on CamVid test: mIoU 47-53 in reproductions of DeepLabV3.
# python tools/train.py configs/dlv3_r50_camvid.py
_base_ = [
    './_base_/models/dlv3_r50.py',
    './_base_/datasets/camvid.py',
    './_base_/schedules/sgd_10k.py',
    './_base_/default_runtime.py',
]
model = dict(
    data_preprocessor=dict(size=_base_.crop_size),
    pretrained='torchvision://resnet50',
    decode_head=dict(num_classes=_base_.num_classes),
)
