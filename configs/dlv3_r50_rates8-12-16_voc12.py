# Report R5: DeepLabV3 with ResNet-50 and ASPP rates 8/12/16 at 256×256, all
# trained. Backbone from ImageNet and output stride 8 were chosen; the report
# does not give them.
# Expected on VOC 2012 val: mIoU 54.82.
# python tools/train.py configs/dlv3_r50_rates8-12-16_voc12.py
_base_ = [
    './_base_/models/dlv3_r50.py',
    './_base_/datasets/voc12.py',
    './_base_/schedules/adam_200e.py',
    './_base_/default_runtime.py',
]
model = dict(
    data_preprocessor=dict(size=_base_.crop_size),
    pretrained='torchvision://resnet50',
    decode_head=dict(num_classes=_base_.num_classes, dilations=(1, 8, 12, 16)),
)
